// fuzz_cli_answers: what a gateway answers to the command line is refused, or becomes text that is
// harmless for a terminal; descriptions read back the same; lines are the same however they arrive.
#include "client-gateway/cli/deep_reports.h"
#include "client-gateway/cli/line_splitter.h"
#include "client-gateway/cli/node_info.h"
#include "client-gateway/cli/printable.h"
#include "client-gateway/cli/reports.h"
#include "core/base/check.h"

#include <nlohmann/json.hpp>

#include <cstdint>

using namespace tarn;
using namespace tarn::gateway::cli;
using nlohmann::json;

namespace {

void checkText(const Result<std::string>& text)
{
    if (text) {
        TARN_ASSERT(*text == harmless(*text));
    } else {
        TARN_ASSERT(text.error().code() == ErrorCode::PeerMisbehaved);
    }
}

json jsonOf(const NodeInfo& node)
{
    json about;
    if (!node.writeCap.empty()) about["rw_uri"] = node.writeCap;
    if (!node.readCap.empty()) about["ro_uri"] = node.readCap;
    about["mutable"] = node.isMutable;
    if (node.size) about["size"] = *node.size;
    about["metadata"] = json::object();
    if (node.contentChanged) about["metadata"]["mtime"] = *node.contentChanged;
    if (node.linkCreated) about["metadata"]["tahoe"]["linkcrtime"] = *node.linkCreated;
    std::string type = "unknown";
    if (node.kind == NodeInfo::Kind::File) type = "filenode";
    if (node.kind == NodeInfo::Kind::Directory) type = "dirnode";
    return json::array({type, about});
}

bool same(const NodeInfo& a, const NodeInfo& b)
{
    return a.kind == b.kind && a.writeCap == b.writeCap && a.readCap == b.readCap &&
           a.isMutable == b.isMutable && a.size == b.size && a.linkCreated == b.linkCreated &&
           a.contentChanged == b.contentChanged;
}

void checkDescription(std::string_view text)
{
    const Result<Description> description = readDescription(text);
    if (!description) {
        TARN_ASSERT(description.error().code() == ErrorCode::PeerMisbehaved);
        return;
    }
    json pair = jsonOf(description->self);
    if (description->self.kind == NodeInfo::Kind::Directory) pair[1]["children"] = json::object();
    for (const auto& [name, child] : description->children)
        pair[1]["children"][name] = jsonOf(child);
    const Result<Description> again = readDescription(pair.dump());
    TARN_ASSERT(again && same(again->self, description->self));
    TARN_ASSERT(again->children.size() == description->children.size());
    for (const auto& [name, child] : description->children)
        TARN_ASSERT(same(again->children.at(name), child));
}

/// The line breaks of the input, and pieces of so many bytes.
std::vector<std::string> linesOf(std::string_view text, std::size_t piece)
{
    std::vector<std::string> out;
    LineSplitter lines([&](std::string_view line) -> Result<void> {
        out.emplace_back(line);
        return ok();
    });
    while (!text.empty()) {
        const std::string_view part = text.substr(0, piece);
        TARN_ASSERT(lines.take(asBytes(part)));
        text.remove_prefix(part.size());
    }
    TARN_ASSERT(lines.finish());
    return out;
}

void checkStream(const std::vector<std::string>& lines, bool repair)
{
    using Show = ManifestCommand::Show;
    CheckOptions options;
    options.repair = repair;
    options.verbose = true;
    DeepCheckReport report(options);
    for (const std::string& line : lines) {
        checkText(report.take(line));
        for (const Show show : {Show::StorageIndex, Show::VerifyCap, Show::RepairCap})
            checkText(manifestText(line, show));
    }
    TARN_ASSERT(report.objects() <= lines.size());
    checkText(report.summary());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    checkDescription(text);
    checkText(checkReport(text));
    checkText(statusText(text, "http://127.0.0.1:3456/"));
    checkText(operationsText(text, true));
    checkText(totalsText(text));
    checkText(deepStatsText(text));
    const Result<bool> finished = isFinished(text);
    TARN_ASSERT(finished || finished.error().code() == ErrorCode::PeerMisbehaved);
    const std::optional<double> share = uploadShare(text, 1000);
    TARN_ASSERT(!share || (*share >= 0 && *share <= 1));
    const json refused = json::parse(refusalText(500, text, true), nullptr, false);
    TARN_ASSERT(refused.is_object() && refused.at("status") == 500);
    TARN_ASSERT(refusal(404, text).code() == ErrorCode::NotFound);
    const std::vector<std::string> lines = linesOf(text, size + 1);
    TARN_ASSERT(lines == linesOf(text, 1 + size % 7));
    checkStream(lines, false);
    checkStream(lines, true);
    return 0;
}
