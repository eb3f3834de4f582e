// The loop of the VRRP plane; internal to plane.cpp.
//
// Decision (2026-11-21): ppoll and not Asio. Everything that the sockets hold must be seen before a deadline fires, or
// a busy moment is taken for a dead MASTER; an event library promises no such order.
#pragma once

#include <atomic>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "controller/vrrp/channels.hpp"
#include "controller/vrrp/holder.hpp"
#include "controller/vrrp/machine.hpp"
#include "controller/vrrp/plane.hpp"
#include "controller/vrrp/scene.hpp"
#include "controller/vrrp/virtual_macs.hpp"

namespace ballast::vrrp {

class Plane::Loop {
 public:
  using Task = std::function<void(Loop&)>;

  Loop(std::vector<Instance> instances, PlaneOptions options, PlaneCallbacks callbacks);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // From any thread.
  Result<void> start();
  KeptRouters stop(bool keep);
  void post(Task task);
  /// Runs `question` on the plane's thread and waits for its answer; where that has ended, here.
  template <class Answer>
  Answer ask(std::function<Answer(Loop&)> question) {
    auto promise = std::make_shared<std::promise<Answer>>();
    auto answer = promise->get_future();
    if (!thread_.joinable()) return question(*this);
    post([promise, question](Loop& loop) { promise->set_value(question(loop)); });
    return answer.get();
  }

  // On the plane's thread.
  void take_eligibility(const Eligibility& eligibility);
  void take_maintenance(bool on);
  void tell_all(const Event& event);
  void tell(const std::string& router, const Event& event);
  [[nodiscard]] const Machine* find(const std::string& router) const;
  [[nodiscard]] std::vector<RouterStatus> status() const;
  void replace(std::vector<Instance> instances);

 private:
  struct Router {
    Router(const Instance& what, ChannelKey socket, Holder held)
        : instance(what), machine(what.config), holder(std::move(held)), channel(std::move(socket)) {
      for (const Vip& vip : what.vips) vips.push_back(vip.key.prefix.address);
    }

    /// The same group on the same socket: a new configuration needs no new machine.
    [[nodiscard]] bool takes(const Instance& what, const ChannelKey& socket) const;

    Instance instance;
    Machine machine;
    Holder holder;
    ChannelKey channel;
    std::vector<IpAddress> vips;
    Footing footing;
    bool told_footing = false;
    std::string send_trouble;    // of the last advertisement
    bool is_heard = true;        // some peer could be sent it
    unsigned device_index = 0;   // of the virtual MAC's device
    std::vector<Event> answers;  // what came of actions
  };

  std::unique_ptr<Router> make_router(const Instance& instance);
  void reconfigure(Router& router, const Instance& instance);
  void discard(Router& router);
  void form_groups();

  void run();
  void run_once();
  void wait();
  void take_tasks();
  void take_packets();
  void take_network_events();
  void take(const AddressEvent& event);
  void notice_standstill(Router& router);
  void evict(Router& router, const AddressKey& key);
  void look();
  void fire_timers();
  void notice_pause();
  [[nodiscard]] std::optional<Time> next_deadline() const;

  void step(Router& router, const Event& event);
  void perform(Router& router, const Action& action);
  void perform(Router& router, const SendAdvertisement& action);
  void perform(Router& router, const AddAddresses& action);
  void perform(Router& router, const RenewAddresses& action);
  void perform(Router& router, const RemoveAddresses& action);
  void perform(Router& router, const Announce& action);
  void perform(Router& router, const Notify& action);
  void perform(Router& router, const Log& action);
  void take_outcome(Router& router);
  void tell_answers(Router& router);
  void log(const Router& router, Level level, std::string text, std::string repaired = {});

  void find_footing(Router& router);
  std::string make_virtual_mac(Router& router);
  void remove_virtual_mac(Router& router);
  void remove_virtual_macs();
  void take_up_virtual_macs();
  void synchronise_groups();
  Result<void> prepare_process();

  PlaneOptions options_;
  PlaneCallbacks callbacks_;
  std::vector<Instance> instances_;  // until start() has made routers of them

  VipAddresses addresses_;
  std::optional<Announcer> announcer_;
  std::optional<LinkMonitor> monitor_;
  VirtualMacs virtual_macs_;
  Channels channels_;
  Scene scene_;
  std::vector<std::unique_ptr<Router>> routers_;
  std::vector<std::vector<Router*>> groups_;  // sync groups
  Eligibility eligibility_;                   // as told last
  bool maintenance_ = false;
  Duration boot_ahead_{};  // CLOCK_BOOTTIME less CLOCK_MONOTONIC when last seen
  KeptRouters kept_;
  bool started_ = false;
  bool stopping_ = false;

  std::mutex mutex_;  // guards tasks_
  std::vector<Task> tasks_;
  Descriptor wake_;
  std::thread thread_;
};

}  // namespace ballast::vrrp
