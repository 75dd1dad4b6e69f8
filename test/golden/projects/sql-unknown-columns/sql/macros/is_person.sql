not {{user}}.is_robot
