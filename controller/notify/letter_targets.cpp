#include <functional>
#include <random>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "controller/notify/mail.hpp"
#include "controller/notify/message.hpp"
#include "controller/notify/targets.hpp"

namespace ballast::notify {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Pace webhook_pace{milliseconds{200}, seconds{1}, seconds{10}, 100};
constexpr Pace mail_pace{seconds{3}, seconds{5}, std::chrono::minutes{5}, 50};
constexpr milliseconds webhook_timeout{seconds{10}};

/// What an outbox wants sent, by the courier.
class LetterTarget : public Target, public std::enable_shared_from_this<LetterTarget> {
 public:
  using MakeLetter = std::function<Letter(const Message&)>;

  LetterTarget(Office& office, std::string name, Pace pace, MakeLetter make_letter)
      : office_(office),
        name_(std::move(name)),
        outbox_(pace),
        make_letter_(std::move(make_letter)),
        wake_(office.loop) {}

  void tell(EventPtr event) override {
    outbox_.add(std::move(event), Time::clock::now());
    look();
  }

  void hurry() override {
    outbox_.hurry(Time::clock::now());
    look();
  }
  [[nodiscard]] bool idle() const override { return outbox_.idle(); }
  [[nodiscard]] std::size_t waiting() const override { return outbox_.size(); }

 private:
  void look() {
    if (const auto message = outbox_.take(Time::clock::now())) {
      office_.courier.send(make_letter_(*message), [target = weak_from_this()](const Delivery& delivery) {
        if (const auto self = target.lock()) self->finish(delivery);
      });
    }
    const auto next = outbox_.next_wake();
    if (!next) return;
    wake_.expires_at(*next);
    wake_.async_wait([target = weak_from_this()](const auto& error) {
      const auto self = target.lock();
      if (!error && self) self->look();
    });
  }

  void finish(const Delivery& delivery) {
    for (const std::string& refusal : delivery.refusals) {
      if (delivery.delivered) office_.log(fmt::format("notify {}: {}", name_, refusal));
    }
    const Delivered delivered = delivery.delivered  ? Delivered::yes
                                : delivery.may_help ? Delivered::not_now
                                                    : Delivered::never;
    if (const std::size_t lost = outbox_.finish(delivered, Time::clock::now()); lost > 0) {
      office_.log(
          fmt::format("notify {}: {} event{} could not be told: {}", name_, lost, lost == 1 ? "" : "s", delivery.text));
    }
    look();
    if (idle()) office_.idle();
  }

  Office& office_;
  std::string name_;
  Outbox outbox_;
  MakeLetter make_letter_;
  boost::asio::steady_timer wake_;
};

/// Without its path, which may be a secret.
std::string server_of(const std::string& url) {
  return url.substr(0, url.find_first_of("/?#", url.find("://") + 3));
}

/// Port 465 speaks TLS from the beginning (RFC 8314 section 3.3).
std::string mail_url(const std::string& server) {
  return (server.ends_with(":465") ? "smtps://" : "smtp://") + server;
}

std::string random_text() {
  std::random_device device;
  return fmt::format("{:08x}{:08x}", device(), device());
}

}  // namespace

std::shared_ptr<Target> make_webhook(Office& office, const Located<std::string>& url) {
  const auto make_letter = [&office, url = url.value](const Message& message) {
    Letter letter;
    letter.url = url;
    letter.body = json_of(message.digest, office.node);
    letter.content_type = "application/json";
    letter.timeout = webhook_timeout;
    return letter;
  };
  return std::make_shared<LetterTarget>(office, server_of(url.value), webhook_pace, make_letter);
}

std::shared_ptr<Target> make_mailbox(Office& office, const Email& email) {
  const auto make_letter = [&office, email, id = random_text()](const Message& message) {
    MailHeader header{email.from.value, {}, fmt::format("{}.{}", id, message.number), message.digest.shown.back()->at};
    for (const auto& recipient : email.to) header.to.push_back(recipient.value);
    Letter letter;
    letter.url = mail_url(email.server.value);
    letter.body = mail_of(message.digest, office.node, header);
    letter.sender = header.from;
    letter.recipients = header.to;
    letter.timeout = email.timeout.value;
    return letter;
  };
  return std::make_shared<LetterTarget>(office, mail_url(email.server.value), mail_pace, make_letter);
}

}  // namespace ballast::notify
