// Tells whom the manifest names of events: VirtualService's notify of its own, Director's notify of all services and of
// the roles of VirtualRouters on this node. Who is named twice in the same words is told once.
// Threads: the loop's only.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "controller/notify/targets.hpp"
#include "model/manifest.hpp"

namespace ballast::notify {

class Announcer {
 public:
  /// `log` gets what could not be told.
  Announcer(boost::asio::io_context& loop, std::function<void(const std::string&)> log);
  ~Announcer();
  Announcer(const Announcer&) = delete;
  Announcer& operator=(const Announcer&) = delete;

  /// The manifest is another one. Who is named no more still gets what waits for it.
  void update(const Manifest& manifest, std::string_view node);
  void tell(const health::Event& event);
  void tell(const vrrp::RoleChange& change);

  /// The process ends: what waits may leave within `patience`, then `done` is called, once and from the loop.
  void finish(std::chrono::milliseconds patience, std::function<void()> done);

 private:
  /// What makes two targets one.
  using Key = std::vector<std::string>;
  using Keys = std::vector<Key>;

  Keys add(const ServiceNotify& notify, std::set<Key>& named);
  void add(const Email& email, std::set<Key>& named);
  template <class Make>
  Key add(Key key, std::set<Key>& named, Make make);
  void tell(Event event, const Keys& keys);
  void look_whether_done();

  Office office_;
  std::map<Key, std::shared_ptr<Target>> targets_;
  Keys of_node_;
  std::map<std::string, Keys, std::less<>> of_services_;  // without those of the node
  std::map<std::string, std::string, std::less<>> router_addresses_;
  std::set<Key> named_;
  std::function<void()> done_;
  boost::asio::steady_timer patience_;
};

}  // namespace ballast::notify
