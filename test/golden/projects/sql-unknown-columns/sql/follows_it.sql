select anything from {{ref "follows"}}
