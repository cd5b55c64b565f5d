"""`recgate describe`: the jobs themselves."""
