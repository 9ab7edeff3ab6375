"""The page people use: four places over one index, each a file here; what they show is computed beside this folder."""
