// DNS over UDP: one question with a random id from a random port, asked once more at half of the time.
#include <random>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <sys/socket.h>

#include "drivers/probes/datagram.hpp"
#include "drivers/probes/dns_message.hpp"

namespace ballast::probes {
namespace {

std::uint16_t random_id() {
  std::random_device source;
  return static_cast<std::uint16_t>(source());
}

class DnsAttempt final : public DatagramAttempt {
 public:
  DnsAttempt(Host& host, const ProbeTarget& target, const DnsCheck& check)
      : DatagramAttempt(host, target), check_(check), again_(host.loop()) {}

  void begin() override {
    auto query = make_dns_query(random_id(), check_.name.value, check_.type.value);
    if (!query) return fail(query.error());
    query_ = std::move(*query);
    auto socket = open_socket(target(), SOCK_DGRAM);
    if (!socket) return fail(socket.error());
    again_.expires_after(check_.timeout.value / 2);
    // A handler that is queued already when the timer goes sees that the attempt has gone.
    again_.async_wait([this, weak = std::weak_ptr(alive_)](const auto& error) {
      if (!error && !weak.expired()) ask_again(query_);
    });
    ask(std::move(*socket), query_);
  }

 private:
  bool heard(Bytes datagram) override {
    DnsJudgement judgement = judge_dns_reply(query_, datagram);
    if (judgement.verdict == DnsVerdict::not_ours) return true;
    finish({judgement.verdict == DnsVerdict::passed, std::move(judgement.text), std::nullopt, false});
    return false;
  }

  const DnsCheck& check_;
  std::vector<std::uint8_t> query_;
  boost::asio::steady_timer again_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace

std::unique_ptr<Attempt> make_dns(Host& host, const ProbeTarget& target, const DnsCheck& check) {
  return std::make_unique<DnsAttempt>(host, target, check);
}

}  // namespace ballast::probes
