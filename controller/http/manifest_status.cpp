#include "controller/http/manifest_status.hpp"

#include <utility>

#include <nlohmann/json.hpp>

namespace ballast::http {
namespace {

using json = nlohmann::ordered_json;

json revision_json(const std::optional<RevisionStatus>& revision) {
  if (!revision) return nullptr;
  json body = {{"revision", revision->id}, {"at", instant_text(revision->at)}};
  const bool commit = revision->committed_at.has_value();
  body["author"] = commit ? json(revision->author) : json();
  body["subject"] = commit ? json(revision->subject) : json();
  body["committedAt"] = commit ? json(instant_text(*revision->committed_at)) : json();
  return body;
}

std::optional<RevisionStatus> revision_from(const json& from) {
  if (from.is_null()) return std::nullopt;
  RevisionStatus revision;
  from.at("revision").get_to(revision.id);
  revision.at = instant_from(from.at("at"));
  if (from.at("committedAt").is_null()) return revision;
  from.at("author").get_to(revision.author);
  from.at("subject").get_to(revision.subject);
  revision.committed_at = std::chrono::floor<std::chrono::seconds>(instant_from(from.at("committedAt")));
  return revision;
}

}  // namespace

json manifest_json(const ManifestStatus& manifest) {
  json refused = nullptr;
  if (!manifest.refused.empty()) refused = {{"revision", manifest.refused}, {"error", manifest.error}};
  json held = nullptr;
  if (!manifest.held.empty()) held = {{"revision", manifest.held}, {"reason", manifest.reason}};
  json source_error = nullptr;
  if (manifest.source_error) {
    source_error = {{"error", manifest.source_error->text}, {"since", instant_text(manifest.source_error->since)}};
  }
  json confirm = nullptr;
  if (manifest.confirm_until) confirm = {{"until", instant_text(*manifest.confirm_until)}};
  json rolled_back = nullptr;
  if (!manifest.rolled_back.empty()) {
    rolled_back = {{"revision", manifest.rolled_back}, {"reason", manifest.rolled_back_reason}};
  }
  return {{"revision", manifest.in_force() ? json(manifest.revision) : json()},
          {"source", manifest.source},
          {"sourceError", std::move(source_error)},
          {"fromLastGood", manifest.from_last_good},
          {"inForce", revision_json(manifest.current)},
          {"applied", revision_json(manifest.applied)},
          {"attempted", revision_json(manifest.attempted)},
          {"refused", std::move(refused)},
          {"held", std::move(held)},
          {"handedOver", manifest.handed},
          {"confirm", std::move(confirm)},
          {"rolledBack", std::move(rolled_back)}};
}

ManifestStatus manifest_from(const json& from) {
  ManifestStatus manifest;
  if (const json& revision = from.at("revision"); !revision.is_null()) revision.get_to(manifest.revision);
  from.at("source").get_to(manifest.source);
  if (const json& error = from.at("sourceError"); !error.is_null()) {
    manifest.source_error = SourceError{error.at("error").get<std::string>(), instant_from(error.at("since"))};
  }
  from.at("fromLastGood").get_to(manifest.from_last_good);
  manifest.current = revision_from(from.at("inForce"));
  manifest.applied = revision_from(from.at("applied"));
  manifest.attempted = revision_from(from.at("attempted"));
  if (const json& refused = from.at("refused"); !refused.is_null()) {
    refused.at("revision").get_to(manifest.refused);
    refused.at("error").get_to(manifest.error);
  }
  if (const json& held = from.at("held"); !held.is_null()) {
    held.at("revision").get_to(manifest.held);
    held.at("reason").get_to(manifest.reason);
  }
  from.at("handedOver").get_to(manifest.handed);
  if (const json& confirm = from.at("confirm"); !confirm.is_null()) {
    manifest.confirm_until = instant_from(confirm.at("until"));
  }
  if (const json& rolled_back = from.at("rolledBack"); !rolled_back.is_null()) {
    rolled_back.at("revision").get_to(manifest.rolled_back);
    rolled_back.at("reason").get_to(manifest.rolled_back_reason);
  }
  return manifest;
}

}  // namespace ballast::http
