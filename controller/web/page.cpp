#include "controller/web/page.hpp"

#include <span>

#include <fmt/format.h>

#include "controller/http/query.hpp"
#include "controller/report/connections_text.hpp"
#include "controller/report/service_text.hpp"
#include "controller/report/status_text.hpp"
#include "controller/web/escape.hpp"

namespace ballast::web {
namespace {

using Columns = std::span<const Column>;

/// Services of a small cluster are open.
constexpr std::size_t open_services = 6;

class Writer {
 public:
  Writer(http::Instant now, std::string_view assets) : now_(now), assets_(assets) {}

  template <class... Args>
  void put(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
  }
  std::string take() { return std::move(out_); }

  void head(const View& view, const http::EventPage& events);
  void state(const View& view);
  void routers(const View& view);
  void services(const View& view);
  /// Of thousands of services, a table that has nothing in it would be most of the page.
  void service(const ServiceView& service, bool open, bool table_always = false);
  void events(const http::EventPage& page);
  void others(const View& view);
  void foot(const View& view);

 private:
  void cell(const Cell& cell) {
    put("<span class=\"t{}{}\">{}</span>", cell.tone == Tone::none ? "" : " ", word_of(cell.tone), escape(cell.text));
    if (!cell.since) return;
    put(" <time class=\"age\" datetime=\"{}\">{}</time>", http::instant_text(*cell.since),
        age_text(std::chrono::duration_cast<std::chrono::seconds>(now_ - *cell.since)));
  }
  void items(const char* id, const std::vector<Item>& items) {
    put("<ul id=\"{}\" class=\"items\">", id);
    for (const Item& item : items) {
      put("<li>");
      cell(item.cell);
      if (!item.service.empty())
        put(" <a href=\"#service-{}\">show {}</a>", query_text(item.service), escape(item.service));
      put("</li>");
    }
    put("</ul>\n");
  }
  void row(Columns columns, const Row& row);
  /// Roles are those of the elements, which lose them where a narrow screen shows a row as a block.
  void table(std::string_view id, std::string_view caption, bool caption_shown, Columns columns,
             const std::vector<Row>& rows);

  static std::string query_text(std::string_view text) { return http::query_text(text); }

  std::string out_;
  http::Instant now_;
  std::string_view assets_;
};

void Writer::row(Columns columns, const Row& row) {
  put("<tr role=\"row\" data-key=\"{}\">", escape(row.key));
  for (std::size_t i = 0; i < row.cells.size(); ++i) {
    const char* element = i == 0 ? "th" : "td";
    put("<{} {} data-label=\"{}\" class=\"{}\">", element,
        i == 0 ? "scope=\"row\" role=\"rowheader\"" : "role=\"cell\"", columns[i].title, columns[i].kind);
    cell(row.cells[i]);
    put("</{}>", element);
  }
  put("</tr>\n");
}

void Writer::table(std::string_view id, std::string_view caption, bool caption_shown, Columns columns,
                   const std::vector<Row>& rows) {
  put("<table role=\"table\"><caption{}>{}</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">",
      caption_shown ? "" : " class=\"hidden\"", escape(caption));
  for (const Column& column : columns) {
    put("<th scope=\"col\" role=\"columnheader\" class=\"{}\">{}</th>", column.kind, column.title);
  }
  put("</tr></thead>\n<tbody role=\"rowgroup\"");
  if (!id.empty()) put(" id=\"{}\"", id);
  put(">\n");
  for (const Row& each : rows) row(columns, each);
  put("</tbody></table>\n");
}

void Writer::head(const View& view, const http::EventPage& events) {
  const std::string service = view.service.empty() ? "" : "?service=" + query_text(view.service);
  put("<!DOCTYPE html>\n<html lang=\"en\" data-assets=\"{}\" data-stream=\"/v1/stream{}\" data-event=\"{}/{}\">\n",
      assets_, service, escape(events.instance), events.last);
  put("<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>{}: {}</title>\n",
      escape(view.node.empty() ? "Ballast" : view.node), escape(view.headline.text));
  put("<link rel=\"icon\" href=\"/web/icon.svg?v={0}\">\n<link rel=\"stylesheet\" href=\"/web/style.css?v={0}\">\n",
      assets_);
  // Of a refusal nothing follows.
  if (!view.node.empty()) put("<script type=\"module\" src=\"/web/page.js?v={}\"></script>\n", assets_);
  put("<noscript><meta http-equiv=\"refresh\" content=\"10\"></noscript>\n</head>\n<body>\n"
      "<a class=\"skip\" href=\"#main\">Skip to the state of the node</a>\n");
  put("<header><h1><span class=\"brand\">Ballast</span> <span id=\"node\">{}</span></h1>\n"
      "<p id=\"live\">As of <time datetime=\"{}\">{}</time><noscript>; looks again every 10 "
      "seconds</noscript></p></header>\n<main id=\"main\" tabindex=\"-1\">\n"
      "<p id=\"news\" class=\"hidden\" aria-live=\"polite\"></p>\n",
      escape(view.node), http::instant_text(now_), time_text(now_));
  if (!view.service.empty()) put("<p>Only one service is shown. <a href=\"/\">The whole node</a></p>\n");
}

void Writer::state(const View& view) {
  put("<section aria-labelledby=\"state-title\"><h2 id=\"state-title\" class=\"hidden\">State</h2>\n"
      "<p id=\"headline\" class=\"headline\">");
  cell(view.headline);
  put("</p>\n");
  items("troubles", view.troubles);
  put("<dl id=\"facts\">");
  for (const Row& fact : view.facts) {
    put("<div data-key=\"{0}\"><dt>{0}</dt><dd{1}>", escape(fact.key),
        fact.cells.front().value ? " class=\"chart\"" : "");
    cell(fact.cells.front());
    put("</dd></div>\n");
  }
  put("</dl></section>\n");
}

void Writer::routers(const View& view) {
  put("<section aria-labelledby=\"routers-title\"><h2 id=\"routers-title\">Virtual routers</h2>\n");
  table("routers", "Who holds the virtual IPs, as this node sees it", false, router_columns, view.routers);
  put("<p class=\"none\">No virtual router of the manifest is this node's.</p></section>\n");
}

void Writer::service(const ServiceView& service, bool open, bool table_always) {
  put("<details class=\"service\" id=\"service-{0}\" data-key=\"{0}\"{1}>\n<summary><h3>{0}</h3>", escape(service.name),
      open ? " open" : "");
  for (std::size_t i = 0; i < service.summary.size(); ++i) {
    put(" <span class=\"cell {}\"><span class=\"label\">{}</span> ", service_columns[i].kind, service_columns[i].title);
    cell(service.summary[i]);
    put("</span>");
  }
  put("</summary>\n<ul class=\"items remarks\">");
  for (const std::string& remark : service.remarks) put("<li><span class=\"t bad\">{}</span></li>", escape(remark));
  put("</ul>\n");
  if (table_always || !service.members.empty()) {
    table("", "Members of " + service.name, false, member_columns, service.members);
  }
  put("<p class=\"more\"{}><a href=\"/?service={}\">All members of {}</a></p>\n</details>\n",
      service.more == 0 ? " hidden" : "", query_text(service.name), escape(service.name));
}

void Writer::services(const View& view) {
  put("<section aria-labelledby=\"services-title\"><h2 id=\"services-title\">Services</h2>\n<p id=\"summary\">");
  cell(view.services_summary);
  put("</p>\n<form id=\"filter\" role=\"search\" hidden><label>Find a service <input type=\"search\" id=\"find\" "
      "autocomplete=\"off\"></label> <label><input type=\"checkbox\" id=\"unwell\"> only those with trouble</label> "
      "<span id=\"found\" class=\"dim\" role=\"status\"></span></form>\n<div id=\"services\">\n");
  for (const ServiceView& each : view.services) service(each, !each.well || view.services.size() <= open_services);
  put("</div>\n<template id=\"new-service\">");
  service({"", std::vector<Cell>(service_columns.size()), {}, {}, 0, true}, false, true);
  put("</template></section>\n");
}

void Writer::events(const http::EventPage& page) {
  put("<section aria-labelledby=\"events-title\"><h2 id=\"events-title\">Events</h2>\n");
  std::vector<Row> rows;
  for (auto event = page.events.rbegin(); event != page.events.rend() && rows.size() < most_events; ++event) {
    rows.push_back(event_row(*event));
    rows.back().key = page.instance + "/" + rows.back().key;
  }
  table("events", "The latest changes on this node, the newest first", true, event_columns, rows);
  put("<p class=\"none\">Nothing has changed yet.</p></section>\n");
}

void Writer::others(const View& view) {
  put("<section aria-labelledby=\"drift-title\"><h2 id=\"drift-title\">Drift repaired</h2>\n<p id=\"drift-summary\">");
  cell(view.drift_summary);
  put("</p>\n");
  table("drift", "What others changed and the controller put back, the latest first", false, drift_columns, view.drift);
  put("<details class=\"foreign\"><summary><h3 id=\"foreign-summary\">");
  cell(view.foreign_summary);
  put("</h3></summary>\n");
  items("foreign", view.foreign);
  put("</details></section>\n");
}

void Writer::foot(const View& view) {
  put("</main>\n<footer><p>Ballast {}. This page changes nothing; commands do: <code>ballast --help</code>. "
      "For programs: <a href=\"/v1/status\">status</a>, <a href=\"/v1/events\">events</a>, "
      "<a href=\"/metrics\">metrics</a>.</p></footer>\n</body>\n</html>\n",
      escape(view.version));
}

}  // namespace

std::string page_html(const View& view, const http::EventPage& events, http::Instant now, std::string_view assets) {
  Writer writer(now, assets);
  writer.head(view, events);
  writer.state(view);
  writer.routers(view);
  writer.services(view);
  writer.others(view);
  writer.events(events);
  writer.foot(view);
  return writer.take();
}

}  // namespace ballast::web
