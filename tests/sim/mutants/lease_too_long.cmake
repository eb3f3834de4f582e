# A dead node's addresses live on after the standby has taken over.
set(file roles.cpp)
set(from [[act(RenewAddresses{lease_for(interval(), now_ - last_advertised_)});]])
set(to [[act(RenewAddresses{lease_for(interval()) + std::chrono::seconds{1}});]])
