#include "controller/notify/outbox.hpp"

#include <algorithm>
#include <utility>

namespace ballast::notify {
namespace {

std::size_t events_of(const Digest& digest) {
  return digest.more() + 1;
}

}  // namespace

void Outbox::add(EventPtr event, Time now) {
  if (idle()) {
    due_ = now + pace_.gather;
    if (last_) due_ = std::max(due_, *last_ + apart_);
    if (hurried_) due_ = now;
  }
  backlog_.add(std::move(event));
}

void Outbox::make_message(Time now) {
  const bool goes_on = last_ && now - *last_ < 2 * apart_;
  apart_ = goes_on ? std::min(apart_ * 2, pace_.longest_apart) : pace_.apart;
  last_ = now;
  message_ = std::make_shared<Message>();
  message_->digest = backlog_.take_all(pace_.most_shown);
  message_->digest.lost = std::exchange(lost_, 0);
  message_->number = ++number_;
}

std::shared_ptr<const Message> Outbox::take(Time now) {
  if (under_way_ || idle() || now < due_) return nullptr;
  if (message_ == nullptr) make_message(now);
  under_way_ = true;
  return message_;
}

std::size_t Outbox::finish(Delivered delivered, Time now) {
  under_way_ = false;
  std::size_t lost = 0;
  if (delivered == Delivered::not_now && message_->attempt < most_attempts && !hurried_) {
    due_ = now + first_retry * (1 << (message_->attempt - 1));
    // The one that was sent may still be read by its sender.
    message_ = std::make_shared<Message>(*message_);
    ++message_->attempt;
    return 0;
  }
  if (delivered != Delivered::yes) {
    lost = events_of(message_->digest);
    lost_ += message_->digest.lost + lost;
  }
  message_.reset();
  due_ = hurried_ ? now : std::max(now + pace_.gather, *last_ + apart_);
  return lost;
}

std::optional<Time> Outbox::next_wake() const {
  if (under_way_ || idle()) return std::nullopt;
  return due_;
}

void Outbox::hurry(Time now) {
  hurried_ = true;
  due_ = now;
}

std::size_t Outbox::size() const {
  return backlog_.size() + (message_ == nullptr ? 0 : events_of(message_->digest));
}

}  // namespace ballast::notify
