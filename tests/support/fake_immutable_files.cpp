#include "tests/support/fake_immutable_files.h"

#include "core/cap/parse.h"
#include "tests/support/fake_mutable_files.h"
#include "tests/support/memory_download.h"

namespace tarn::test {

using namespace tarn::gateway;

namespace {

constexpr std::size_t kLongestLiteral = 55;

} // namespace

std::string FakeImmutableFiles::add(ByteView data)
{
    if (data.size() <= kLongestLiteral) return cap::printCap(cap::LiteralCap{toBytes(data)});
    const Hash256 hash = crypto::taggedHash("fake", data);
    cap::ImmutableReadCap cap;
    cap.key = FileKey::prefixOf(hash);
    cap.uriExtensionHash = hash;
    cap.needed = 3;
    cap.total = 10;
    cap.size = data.size();
    std::string text = cap::printCap(cap);
    files[text] = toBytes(data);
    return text;
}

asio::awaitable<Result<std::string>> FakeImmutableFiles::upload(UploadSource& source)
{
    TARN_CO_TRY(const Bytes data, co_await drain(source));
    ++uploads;
    co_return add(data);
}

Result<std::shared_ptr<Download>> FakeImmutableFiles::open(std::string_view readCap)
{
    TARN_TRY(const cap::Cap parsed, cap::parseKnownCap(readCap));
    if (const auto* literal = std::get_if<cap::LiteralCap>(&parsed))
        return std::shared_ptr<Download>(std::make_shared<MemoryDownload>(literal->data));
    if (lost.contains(readCap)) return Error(ErrorCode::NotEnoughShares, "2 of 3 shares");
    const auto found = files.find(readCap);
    if (found == files.end()) return Error(ErrorCode::NoShares, "no share was found");
    return std::shared_ptr<Download>(std::make_shared<MemoryDownload>(found->second));
}

asio::awaitable<Result<CheckResult>> FakeImmutableFiles::check(std::string cap,
                                                               CheckOptions /*options*/)
{
    ++checks;
    CheckResult result = health;
    result.recoverable = files.contains(cap) && !lost.contains(cap);
    result.healthy = result.recoverable && health.healthy;
    co_return result;
}

asio::awaitable<Result<RepairResult>> FakeImmutableFiles::checkAndRepair(std::string cap,
                                                                         CheckOptions options)
{
    RepairResult result;
    TARN_CO_TRY(result.before, co_await check(std::move(cap), options));
    result.after = result.before;
    result.attempted = !result.before.healthy;
    result.successful = result.attempted && result.before.recoverable;
    if (result.successful) result.after.healthy = true;
    if (result.attempted) ++repairs;
    co_return result;
}

} // namespace tarn::test
