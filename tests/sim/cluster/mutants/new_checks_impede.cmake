# A check that a manifest adds keeps a node from the election until it has finished a round.
set(file controller/health/table.cpp)
set(from [[first_round_finished_ = first_round_finished_ || awaited_ == 0;]])
set(to [[first_round_finished_ = awaited_ == 0;]])
