m.created_at >
	now()
