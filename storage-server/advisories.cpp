#include "storage-server/advisories.h"

#include "storage-server/store_paths.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace tarn::storage {

namespace {

/// Longer files are not ours.
constexpr std::uint64_t kLongestAdvisory = 64 * 1024;

std::string advisoryPath(const std::string& name)
{
    return below(kAdvisoriesDirectory, name);
}

Result<std::string> readText(FileLayer& layer, const std::string& name)
{
    TARN_TRY(const File file, File::open(layer, advisoryPath(name), OpenMode::Read));
    TARN_TRY(const std::uint64_t size, file.size());
    Bytes bytes(static_cast<std::size_t>(std::min(size, kLongestAdvisory)));
    TARN_TRY(const std::size_t got, file.readAt(0, bytes));
    bytes.resize(got);
    return textOf(bytes);
}

} // namespace

std::string advisoryText(const AdvisoryReport& report)
{
    const bool immutable = report.kind == storage_api::ShareKind::Immutable;
    std::string text = "report: Share Corruption\ntype: ";
    text += immutable ? "immutable" : "mutable";
    text += "\nstorage_index: ";
    text += nameOf(report.index);
    text += "\nshare_number: ";
    text += std::to_string(report.share.value);
    text += "\n\n";
    text += report.reason;
    text += "\n\n";
    return text;
}

std::string advisoryName(const AdvisoryReport& report)
{
    const auto since = report.when.time_since_epoch();
    const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(since).count();
    const std::time_t seconds = micros / 1'000'000;
    std::tm parts = {};
    ::gmtime_r(&seconds, &parts);
    std::array<char, 64> stamp{};
    const std::size_t length = std::strftime(stamp.data(), stamp.size(), "%Y-%m-%dT%H%M%S", &parts);
    std::array<char, 16> fraction{};
    std::snprintf(fraction.data(), fraction.size(), ".%06d", static_cast<int>(micros % 1'000'000));
    std::string name(stamp.data(), length);
    name += fraction.data();
    name += "--";
    name += nameOf(report.index);
    name += '-';
    name += std::to_string(report.share.value);
    return name;
}

Result<void> writeAdvisory(FileLayer& layer, const AdvisoryReport& report, std::size_t most)
{
    TARN_TRY(const std::vector<std::string> names, layer.list(kAdvisoriesDirectory));
    if (names.size() >= most) return ok();
    const std::string path = advisoryPath(advisoryName(report));
    const Result<File> file = File::open(layer, path, OpenMode::Create);
    // The same share, the same microsecond: once is enough.
    if (!file && file.error().code() == ErrorCode::Conflict) return ok();
    if (!file) return file.error();
    const Result<void> written = file->writeAt(0, asBytes(advisoryText(report)));
    if (!written) static_cast<void>(layer.unlink(path));
    return written;
}

Result<std::vector<Advisory>> readAdvisories(FileLayer& layer, std::size_t limit)
{
    TARN_TRY(std::vector<std::string> names, layer.list(kAdvisoriesDirectory));
    std::sort(names.begin(), names.end(), std::greater<>()); // names begin with the time
    if (names.size() > limit) names.resize(limit);
    std::vector<Advisory> out;
    for (const std::string& name : names) {
        TARN_TRY(std::string text, readText(layer, name));
        out.push_back({name, std::move(text)});
    }
    return out;
}

} // namespace tarn::storage
