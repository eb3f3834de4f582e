#include "controller/web/site.hpp"

#include <cerrno>

#include "controller/http/query.hpp"
#include "controller/web/assets.hpp"
#include "controller/web/page.hpp"

namespace ballast::web {
namespace {

/// That writing a large page may take.
constexpr std::chrono::seconds longest_page{30};

/// Nothing but our own files, and texts that the script sets as texts.
constexpr const char* policy =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

http::Response answer(unsigned status, const char* type, std::string body) {
  http::Response response{status, type, std::move(body)};
  // A page of before an upgrade must not be shown after it, nor with the script of another version.
  response.headers = {{"Cache-Control", "no-store"},
                      {"Content-Security-Policy", policy},
                      {"Cross-Origin-Resource-Policy", "same-origin"},
                      {"Referrer-Policy", "no-referrer"},
                      {"X-Content-Type-Options", "nosniff"}};
  return response;
}

class Site : public std::enable_shared_from_this<Site> {
 public:
  Site(boost::asio::io_context& loop, Sources sources) : loop_(loop), sources_(std::move(sources)) {}

  void page(const std::string& service, http::Respond respond) {
    sources_.status(
        service, [self = shared_from_this(), service, respond = std::move(respond)](Result<http::NodeStatus> status) {
          self->write(std::move(status), service, respond);
        });
  }

  /// Only where there is such a service.
  void stream(const std::string& service, const std::string& after, http::Respond respond) {
    sources_.status(service, [self = shared_from_this(), service, after,
                              respond = std::move(respond)](const Result<http::NodeStatus>& status) {
      if (!status)
        return respond(http::error_response(status.error().errnum == ENOENT ? 404 : 409, status.error().text));
      http::Response response = answer(200, "text/event-stream", "");
      response.stream = self->feed(service).listen(after);
      respond(std::move(response));
    });
  }

 private:
  void write(Result<http::NodeStatus> status, const std::string& service, const http::Respond& respond) {
    const unsigned code = status ? 200 : status.error().errnum == ENOENT ? 404 : 409;
    const auto value = std::make_shared<const Result<http::NodeStatus>>(std::move(status));
    const auto events = std::make_shared<const http::EventPage>(sources_.events(0));
    sources_.typist.type(
        [value, events, service, code, now = http::wall_time()] {
          const View view = *value ? make_view(**value, service, now) : make_refusal(value->error().text, service);
          return answer(code, "text/html; charset=utf-8", page_html(view, *events, now, assets_version));
        },
        respond);
  }

  Feed& feed(const std::string& service) {
    std::erase_if(feeds_, [&](const auto& each) { return each.first != service && !each.second->is_heard(); });
    auto& place = feeds_[service];
    if (!place) place = std::make_unique<Feed>(loop_, sources_, service, assets_version);
    return *place;
  }

  boost::asio::io_context& loop_;
  Sources sources_;
  std::map<std::string, std::unique_ptr<Feed>> feeds_;  // no more than the server has listeners, and one
};

/// The query's service, or what is wrong with it.
template <class Then>
void with_query(const http::Request& request, std::initializer_list<std::string_view> known,
                const http::Respond& respond, Then then) {
  auto query = http::parse_query(request.query, known);
  if (!query) return respond(http::error_response(400, query.error().text));
  then((*query)["service"], (*query)["after"]);
}

void add_file(http::Server& server, const char* path, const char* type, std::string_view content) {
  const auto body = std::make_shared<const std::string>(content);
  server.add(
      "GET", path,
      [type, body](const http::Request&) {
        http::Response response = answer(200, type, "");
        response.shared_body = body;
        return response;
      },
      http::Reach::anyone);
}

}  // namespace

void add_routes(http::Server& server, boost::asio::io_context& loop, const Sources& sources) {
  const auto site = std::make_shared<Site>(loop, sources);
  const auto page = [site](const http::Request& request, const http::Respond& respond) {
    with_query(request, {"service"}, respond,
               [&](const std::string& service, const std::string&) { site->page(service, respond); });
  };
  server.add("GET", "/", http::SlowRoute{page, longest_page}, http::Reach::anyone);
  // A listener of before says where to go on by a header when it connects again by itself, and else by the query.
  const auto stream = [site](const http::Request& request, const http::Respond& respond) {
    with_query(request, {"service", "after"}, respond, [&](const std::string& service, const std::string& after) {
      site->stream(service, request.last_event_id.empty() ? after : request.last_event_id, respond);
    });
  };
  server.add("GET", "/v1/stream", http::SlowRoute{stream, longest_page}, http::Reach::anyone);
  add_file(server, "/web/style.css", "text/css; charset=utf-8", style_css);
  add_file(server, "/web/page.js", "text/javascript; charset=utf-8", page_js);
  add_file(server, "/web/charts.js", "text/javascript; charset=utf-8", charts_js);
  add_file(server, "/web/icon.svg", "image/svg+xml", icon_svg);
}

}  // namespace ballast::web
