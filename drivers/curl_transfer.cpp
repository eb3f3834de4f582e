#include "drivers/curl_transfer.hpp"

#include <algorithm>
#include <cstring>

#include <sys/socket.h>
#include <unistd.h>

#include "drivers/probes/excerpt.hpp"

namespace ballast {
namespace {

/// That a server may answer with: header, body, or replies of a mail server.
constexpr std::size_t most_received = std::size_t{64} << 10;
constexpr long status_ok = 200;
constexpr long status_redirect = 300;
constexpr long status_server_error = 500;

bool may_help_after(long status) {
  constexpr long request_timeout = 408;
  constexpr long too_early = 425;
  constexpr long too_many = 429;
  return status >= status_server_error || status == request_timeout || status == too_early || status == too_many;
}

/// What only a person can mend.
bool is_final(CURLcode code) {
  return code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_PEER_FAILED_VERIFICATION ||
         code == CURLE_SSL_CACERT_BADFILE;
}

}  // namespace

void CurlSockets::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  for (const auto& [socket, owner] : open_) ::shutdown(socket, SHUT_RDWR);
}

void CurlSockets::stop_reading(const CurlTransfer* owner) {
  const std::lock_guard lock(mutex_);
  for (const auto& [socket, its_owner] : open_) {
    if (its_owner == owner) ::shutdown(socket, SHUT_RD);
  }
}

curl_socket_t CurlSockets::open(const CurlTransfer* owner, const curl_sockaddr& address) {
  const std::lock_guard lock(mutex_);
  if (stopped_) return CURL_SOCKET_BAD;
  const int socket = ::socket(address.family, address.socktype | SOCK_CLOEXEC, address.protocol);
  if (socket >= 0) open_[socket] = owner;
  return socket;
}

int CurlSockets::close(curl_socket_t socket) {
  const std::lock_guard lock(mutex_);
  open_.erase(socket);
  return ::close(socket);
}

CurlTransfer::CurlTransfer(const CurlLibrary& curl, CurlSockets& sockets, const Letter& letter)
    : curl_(curl), sockets_(sockets), letter_(letter), easy_(curl.easy_init()) {
  if (easy_ == nullptr) return;
  prepare();
  if (is_mail()) {
    prepare_mail();
  } else {
    prepare_post();
  }
}

CurlTransfer::~CurlTransfer() {
  if (easy_ != nullptr) curl_.easy_cleanup(easy_);
  curl_.slist_free_all(headers_);
  curl_.slist_free_all(recipients_);
}

void CurlTransfer::prepare() {
  const auto set = curl_.easy_setopt;
  set(easy_, CURLOPT_URL, letter_.url.c_str());
  set(easy_, CURLOPT_PROTOCOLS_STR, "http,https,smtp,smtps");
  set(easy_, CURLOPT_TIMEOUT_MS, static_cast<long>(letter_.timeout.count()));
  set(easy_, CURLOPT_NOSIGNAL, 1L);
  set(easy_, CURLOPT_QUICK_EXIT, 1L);  // not to wait for a name server that does not answer
  // Messages are rare: a connection of long ago is most likely dead.
  set(easy_, CURLOPT_FORBID_REUSE, 1L);
  set(easy_, CURLOPT_ERRORBUFFER, error_.data());
  set(easy_, CURLOPT_WRITEFUNCTION, on_body);
  set(easy_, CURLOPT_WRITEDATA, this);
  set(easy_, CURLOPT_HEADERFUNCTION, on_header);
  set(easy_, CURLOPT_HEADERDATA, this);
  set(easy_, CURLOPT_OPENSOCKETFUNCTION, on_open);
  set(easy_, CURLOPT_OPENSOCKETDATA, this);
  set(easy_, CURLOPT_CLOSESOCKETFUNCTION, on_close);
  set(easy_, CURLOPT_CLOSESOCKETDATA, &sockets_);
}

void CurlTransfer::prepare_post() {
  const auto set = curl_.easy_setopt;
  append(headers_, "Content-Type: " + letter_.content_type);
  append(headers_, "Expect:");  // no waiting for 100
  set(easy_, CURLOPT_HTTPHEADER, headers_);
  set(easy_, CURLOPT_USERAGENT, "ballast");
  set(easy_, CURLOPT_POST, 1L);
  set(easy_, CURLOPT_POSTFIELDS, letter_.body.c_str());
  set(easy_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(letter_.body.size()));
}

void CurlTransfer::prepare_mail() {
  const auto set = curl_.easy_setopt;
  for (const std::string& recipient : letter_.recipients) append(recipients_, recipient);
  set(easy_, CURLOPT_MAIL_FROM, letter_.sender.c_str());
  set(easy_, CURLOPT_MAIL_RCPT, recipients_);
  set(easy_, CURLOPT_MAIL_RCPT_ALLLOWFAILS, 1L);
  set(easy_, CURLOPT_UPLOAD, 1L);
  set(easy_, CURLOPT_READFUNCTION, on_read);
  set(easy_, CURLOPT_READDATA, this);
  set(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(letter_.body.size()));
  // What is said before QUIT is known by it alone.
  set(easy_, CURLOPT_VERBOSE, 1L);
  set(easy_, CURLOPT_DEBUGFUNCTION, on_debug);
  set(easy_, CURLOPT_DEBUGDATA, this);
  if (letter_.url.starts_with("smtps:")) return;
  // Who can put a false certificate in the way can as well leave out STARTTLS: checking it would only lose mail.
  set(easy_, CURLOPT_USE_SSL, static_cast<long>(CURLUSESSL_TRY));
  set(easy_, CURLOPT_SSL_VERIFYPEER, 0L);
  set(easy_, CURLOPT_SSL_VERIFYHOST, 0L);
}

void CurlTransfer::append(curl_slist*& list, const std::string& text) {
  curl_slist* longer = curl_.slist_append(list, text.c_str());
  if (longer != nullptr) list = longer;
}

bool CurlTransfer::take(std::size_t bytes) {
  received_ += bytes;
  return received_ <= most_received;
}

void CurlTransfer::take_command(std::string_view line) {
  replies_.take_command(line);
  // The mail is done; curl's thread would stand still until the server answers, for as long as two minutes.
  if (line.starts_with("QUIT")) sockets_.stop_reading(this);
}

Delivery CurlTransfer::outcome(CURLcode code) const {
  return is_mail() ? mail_outcome(code) : post_outcome(code);
}

Delivery CurlTransfer::post_outcome(CURLcode code) const {
  long status = 0;
  curl_.easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  // An answer that never ends is an answer.
  const bool is_answered = code == CURLE_OK || (code == CURLE_WRITE_ERROR && status >= status_ok);
  if (!is_answered) return {false, !is_final(code), error_text(code), {}};
  const bool delivered = status >= status_ok && status < status_redirect;
  return {delivered, may_help_after(status), "answered " + std::to_string(status), {}};
}

Delivery CurlTransfer::mail_outcome(CURLcode code) const {
  if (code == CURLE_OK) return {true, false, "taken", replies_.refusals()};
  const std::string& bad = replies_.bad_reply();
  if (bad.empty()) return {false, !is_final(code), error_text(code), {}};
  return {false, bad.starts_with('4'), bad, {}};
}

std::string CurlTransfer::error_text(CURLcode code) const {
  const std::string_view said(error_.data(), strnlen(error_.data(), error_.size()));
  std::string text = probes::excerpt(said.empty() ? curl_.easy_strerror(code) : said);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + ('a' - 'A'));
  return text;
}

std::size_t CurlTransfer::on_read(char* to, std::size_t size, std::size_t count, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  const std::string& body = transfer->letter_.body;
  const std::size_t bytes = std::min(size * count, body.size() - transfer->sent_);
  std::memcpy(to, body.data() + transfer->sent_, bytes);
  transfer->sent_ += bytes;
  return bytes;
}

std::size_t CurlTransfer::on_body(char*, std::size_t size, std::size_t count, void* self) {
  return static_cast<CurlTransfer*>(self)->take(size * count) ? size * count : 0;
}

std::size_t CurlTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  if (!transfer->take(size * count)) return 0;
  if (transfer->is_mail()) transfer->replies_.take_reply({data, size * count});
  return size * count;
}

int CurlTransfer::on_debug(CURL*, curl_infotype kind, char* data, std::size_t size, void* self) {
  if (kind == CURLINFO_HEADER_OUT) static_cast<CurlTransfer*>(self)->take_command({data, size});
  return 0;
}

curl_socket_t CurlTransfer::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  auto* transfer = static_cast<CurlTransfer*>(self);
  return transfer->sockets_.open(transfer, *address);
}

int CurlTransfer::on_close(void* sockets, curl_socket_t socket) {
  return static_cast<CurlSockets*>(sockets)->close(socket);
}

}  // namespace ballast
