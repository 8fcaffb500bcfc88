"""One file per metric of a map: its title, which way is better, and its number for one clip.

`TITLE` is a column's heading; `DIRECTION` is 1 where more is better, -1 where less is, 0 where
neither is; `measure(curves)` gives the number from `cnnviz.attribution.checks.curves.Curves`.
"""
