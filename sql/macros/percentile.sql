{{!--
  A percentile of a group, interpolated between the two nearest values: {{> percentile of="seconds" at="0.9"}}.
  An aggregate over rows that carry `row_place`, a row's place in its group by that value, from 1, and `row_total`, the
  number of rows in the group; see metrics/response_time_daily.sql. MySQL has no percentile function of its own.
--}}
sum({{of}} * greatest(0, 1 - abs({{at}} * (row_total - 1) + 1 - row_place)))
