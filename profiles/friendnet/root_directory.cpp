#include "profiles/friendnet/root_directory.h"

#include "core/base/log.h"

namespace tarn::profiles {

namespace {

constexpr std::string_view kRootFile = "root_dir.cap";
constexpr Duration kFirstRetry = std::chrono::seconds(5);
constexpr Duration kLongestRetry = std::chrono::minutes(1);

asio::awaitable<Result<void>> makeOnce(const RootDirectoryParts& parts)
{
    std::vector<gateway::NewChild> nothing;
    TARN_CO_TRY(const std::string cap,
                co_await parts.directories.create(cap::MutableFormat::Sdmf, std::move(nothing)));
    auto job = [&] { return parts.dir.writePrivateText(kRootFile, cap); };
    co_return co_await runOn(parts.diskPool, job);
}

} // namespace

bool hasRootDirectory(const node::StateDir& dir)
{
    return dir.hasPrivate(kRootFile);
}

Result<Secret> readRootCapBlocking(const node::StateDir& dir)
{
    if (!hasRootDirectory(dir)) return Secret();
    return dir.readPrivateText(kRootFile);
}

asio::awaitable<void> makeRootDirectory(RootDirectoryParts parts, std::function<void()> onMade)
{
    Duration rest = kFirstRetry;
    while (true) {
        const Result<void> made = co_await makeOnce(parts);
        if (made) break;
        TARN_LOG(Warning, Main, "no directory for one's own files yet, trying again",
                 {"error", made.error().text()});
        co_await parts.clock.sleep(rest);
        rest = std::min(rest * 2, kLongestRetry);
    }
    TARN_LOG(Info, Main, "the directory for one's own files is made");
    onMade();
}

} // namespace tarn::profiles
