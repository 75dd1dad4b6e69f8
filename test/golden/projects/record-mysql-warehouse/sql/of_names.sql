select anything from {{ref "names"}}
