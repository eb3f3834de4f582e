#include "controller/notify/announcer.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

namespace ballast::notify {
namespace {

bool names(const NodeList& nodes, std::string_view node) {
  return std::any_of(nodes.begin(), nodes.end(), [&](const auto& item) { return item.value == node; });
}

template <class Key>
bool contains(const std::vector<Key>& keys, const Key& key) {
  return std::find(keys.begin(), keys.end(), key) != keys.end();
}

std::string addresses_of(const VirtualRouter& router) {
  std::string text;
  for (const VirtualAddress& address : router.addresses) {
    text += (text.empty() ? "" : " ") + address.address.value.text();
  }
  return text;
}

}  // namespace

Announcer::Announcer(boost::asio::io_context& loop, std::function<void(const std::string&)> log)
    : office_(loop), patience_(loop) {
  office_.log = std::move(log);
  office_.idle = [this] { look_whether_done(); };
}

Announcer::~Announcer() = default;

void Announcer::update(const Manifest& manifest, std::string_view node) {
  office_.node = node;
  of_node_.clear();
  of_services_.clear();
  std::set<Key> named;
  for (const Director& director : manifest.directors) {
    if (!names(director.nodes, node)) continue;
    for (Key& key : add(director.notify, named)) {
      if (!contains(of_node_, key)) of_node_.push_back(std::move(key));
    }
    if (director.notify.email) add(*director.notify.email, named);
  }
  for (const VirtualService& service : manifest.virtual_services) {
    Keys keys = add(service.notify, named);
    std::erase_if(keys, [&](const Key& key) { return contains(of_node_, key); });
    if (!keys.empty()) of_services_[service.header.name] = std::move(keys);
  }
  for (const VirtualRouter& router : manifest.virtual_routers) {
    router_addresses_[router.header.name] = addresses_of(router);
  }
  named_ = std::move(named);
  std::erase_if(targets_, [&](const auto& item) { return !named_.contains(item.first) && item.second->idle(); });
}

template <class Make>
Announcer::Key Announcer::add(Key key, std::set<Key>& named, Make make) {
  named.insert(key);
  auto& target = targets_[key];
  if (target == nullptr) target = make();
  return key;
}

Announcer::Keys Announcer::add(const ServiceNotify& notify, std::set<Key>& named) {
  Keys keys;
  if (notify.script) {
    Key key = {"script", notify.script->user ? notify.script->user->value : ""};
    for (std::string& argument : notify.script->argv()) key.push_back(std::move(argument));
    keys.push_back(add(std::move(key), named, [&] { return make_script(office_, *notify.script); }));
  }
  if (notify.webhook) {
    keys.push_back(
        add({"webhook", notify.webhook->value}, named, [&] { return make_webhook(office_, *notify.webhook); }));
  }
  return keys;
}

void Announcer::add(const Email& email, std::set<Key>& named) {
  Key key = {"email", email.server.value, email.from.value, std::to_string(email.timeout.value.count())};
  for (const auto& recipient : email.to) key.push_back(recipient.value);
  key = add(std::move(key), named, [&] { return make_mailbox(office_, email); });
  if (!contains(of_node_, key)) of_node_.push_back(std::move(key));
}

void Announcer::tell(const health::Event& event) {
  if (targets_.empty()) return;
  Keys keys = of_node_;
  if (const auto own = of_services_.find(event.service); own != of_services_.end()) {
    keys.insert(keys.end(), own->second.begin(), own->second.end());
  }
  tell(make_event(event, std::chrono::system_clock::now()), keys);
}

void Announcer::tell(const vrrp::RoleChange& change) {
  if (of_node_.empty()) return;
  const auto found = router_addresses_.find(change.router);
  const std::string addresses = found == router_addresses_.end() ? "" : found->second;
  tell(make_event(change, addresses, std::chrono::system_clock::now()), of_node_);
}

void Announcer::tell(Event event, const Keys& keys) {
  const auto shared = std::make_shared<const Event>(std::move(event));
  for (const Key& key : keys) targets_.at(key)->tell(shared);
}

void Announcer::finish(std::chrono::milliseconds patience, std::function<void()> done) {
  done_ = std::move(done);
  for (const auto& [key, target] : targets_) target->hurry();
  patience_.expires_after(patience);
  patience_.async_wait([this](const auto& error) {
    if (error || !done_) return;
    std::size_t waiting = 0;
    for (const auto& [key, target] : targets_) waiting += target->waiting();
    office_.log(fmt::format("notify: {} event{} could not be told before the end", waiting, waiting == 1 ? "" : "s"));
    std::exchange(done_, nullptr)();
  });
  boost::asio::post(office_.loop, [this] { look_whether_done(); });
}

void Announcer::look_whether_done() {
  if (!done_) return;
  const bool idle = std::all_of(targets_.begin(), targets_.end(), [](const auto& item) { return item.second->idle(); });
  if (!idle) return;
  patience_.cancel();
  std::exchange(done_, nullptr)();
}

}  // namespace ballast::notify
