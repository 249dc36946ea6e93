"""Whether those who published a text have reserved it: robots.txt, AIPREF, TDMRep, robots tags, a block list."""
