# A dead node's addresses live on after the standby has taken over.
set(file roles.cpp)
set(from [[act(RenewAddresses{lease(now_ - last_advertised_)});]])
set(to [[act(RenewAddresses{lease() + std::chrono::seconds{1}});]])
