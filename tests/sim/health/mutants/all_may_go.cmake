# minHealthy holds only while somebody is healthy.
set(file model/health.cpp)
set(from [[if (serving_ >= enough) return;]])
set(to [[if (serving_ >= enough || serving_ == 0) return;]])
