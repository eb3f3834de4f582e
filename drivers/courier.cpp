#include "drivers/courier.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string_view>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>
#include <unistd.h>

#include "drivers/curl_transfer.hpp"
#include "drivers/thread.hpp"

namespace ballast {
namespace {

namespace asio = boost::asio;

struct Task {
  Letter letter;
  std::function<void(Delivery)> done;
  asio::executor_work_guard<asio::io_context::executor_type> work;  // the loop goes on until it is done
};

}  // namespace

/// The thread and what it shares with the loop.
class Courier::Office : public std::enable_shared_from_this<Office> {
 public:
  explicit Office(asio::io_context& loop) : loop_(loop) {}

  void open() {
    thread_ = std::thread([this] { run(); });
  }

  ~Office() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      // Whatever curl waits for in its own time ends now.
      sockets_.stop();
      if (multi_ != nullptr) curl_->multi_wakeup(multi_);
    }
    changed_.notify_one();
    thread_.join();
  }
  Office(const Office&) = delete;
  Office& operator=(const Office&) = delete;

  void take(Task task) {
    {
      const std::lock_guard lock(mutex_);
      incoming_.push_back(std::make_shared<Task>(std::move(task)));
      if (multi_ != nullptr) curl_->multi_wakeup(multi_);
    }
    changed_.notify_one();
  }

 private:
  using TaskPtr = std::shared_ptr<Task>;
  struct UnderWay {
    TaskPtr task;
    std::unique_ptr<CurlTransfer> transfer;
  };

  void run() {
    begin_thread("courier");
    const Result<CurlLibrary>& library = curl_library();
    if (!library) return refuse_all(library.error().text);
    CURLM* multi = library->multi_init();
    if (multi == nullptr) return refuse_all("libcurl cannot be used: no memory");
    {
      const std::lock_guard lock(mutex_);
      curl_ = &*library;
      multi_ = multi;
    }
    while (begin_waiting()) {
      int running = 0;
      curl_->multi_perform(multi_, &running);
      finish_ended();
      constexpr int for_long = 3'600'000;  // of ms; until take() wakes it, or something happens
      if (has_room_for_more()) continue;
      curl_->multi_poll(multi_, nullptr, 0, for_long, nullptr);
    }
    for (auto& [easy, under_way] : under_way_) curl_->multi_remove_handle(multi_, easy);
    under_way_.clear();
    const std::lock_guard lock(mutex_);
    curl_->multi_cleanup(std::exchange(multi_, nullptr));
  }

  void refuse_all(const std::string& why) {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
      for (; !incoming_.empty(); incoming_.pop_front()) tell(incoming_.front(), {false, false, why, {}});
      changed_.wait(lock);
    }
  }

  bool has_room_for_more() {
    const std::lock_guard lock(mutex_);
    return stopping_ || (!incoming_.empty() && under_way_.size() < slots);
  }

  /// False: it is over.
  bool begin_waiting() {
    const std::lock_guard lock(mutex_);
    for (; !stopping_ && !incoming_.empty() && under_way_.size() < slots; incoming_.pop_front()) {
      const TaskPtr task = incoming_.front();
      auto transfer = std::make_unique<CurlTransfer>(*curl_, sockets_, task->letter);
      CURL* easy = transfer->handle();
      if (easy == nullptr || curl_->multi_add_handle(multi_, easy) != CURLM_OK) {
        tell(task, {false, true, "libcurl has no memory", {}});
        continue;
      }
      under_way_.emplace(easy, UnderWay{task, std::move(transfer)});
    }
    return !stopping_;
  }

  void finish_ended() {
    int left = 0;
    while (const CURLMsg* message = curl_->multi_info_read(multi_, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode code = message->data.result;
      const auto found = under_way_.find(message->easy_handle);
      curl_->multi_remove_handle(multi_, found->first);
      tell(found->second.task, found->second.transfer->outcome(code));
      under_way_.erase(found);
    }
  }

  void tell(TaskPtr task, Delivery delivery) {
    asio::post(loop_, [office = weak_from_this(), task = std::move(task), delivery = std::move(delivery)]() mutable {
      const auto done = std::exchange(task->done, nullptr);
      if (!office.expired()) done(std::move(delivery));
    });
  }

  asio::io_context& loop_;
  CurlSockets sockets_;
  std::mutex mutex_;  // of what follows up to the empty line
  std::condition_variable changed_;
  std::deque<TaskPtr> incoming_;
  bool stopping_ = false;
  CURLM* multi_ = nullptr;  // set by the thread

  const CurlLibrary* curl_ = nullptr;    // set before multi_
  std::map<CURL*, UnderWay> under_way_;  // the thread's
  std::thread thread_;
};

Courier::Courier(asio::io_context& loop) : loop_(loop) {}

Courier::~Courier() = default;

void Courier::send(Letter letter, std::function<void(Delivery)> done) {
  if (office_ == nullptr) {
    office_ = std::make_shared<Office>(loop_);
    office_->open();
  }
  office_->take({std::move(letter), std::move(done), asio::make_work_guard(loop_)});
}

}  // namespace ballast
