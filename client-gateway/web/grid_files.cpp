#include "client-gateway/web/grid_files.h"

#include "client-gateway/upload/first_home.h"
#include "core/codec/base32.h"

#include <algorithm>

namespace tarn::gateway::web {

GridFiles::GridFiles(Grid& grid, Clock& clock, Random& random, WorkPool& cpu, WorkPool& disk,
                     std::string blacklist)
    : m_grid(grid), m_clock(clock), m_random(random), m_encoding(grid.settings().encoding),
      m_blacklist(std::move(blacklist), clock, disk), m_history(clock),
      m_mutableFiles(grid.mutableFiles(), m_blacklist), m_immutableFiles(grid),
      m_guardedFiles(m_immutableFiles, m_blacklist),
      m_directories(DirectoryParts{clock, cpu, m_mutableFiles, m_guardedFiles})
{
    m_grid.setWatcher(&m_history);
}

GridFiles::~GridFiles()
{
    m_grid.setWatcher(nullptr);
}

void GridFiles::setEncoding(const EncodingParameters& encoding)
{
    m_encoding = encoding;
    m_grid.setEncoding(encoding);
    m_immutableFiles.setEncoding(encoding);
}

asio::awaitable<Result<UploadResult>> GridFiles::upload(UploadSource& source, UploadStatus& status)
{
    UploadOptions options;
    options.encoding = m_encoding;
    return m_grid.upload(source, std::move(options), status);
}

Result<std::shared_ptr<Download>> GridFiles::open(std::string_view readCap)
{
    TARN_TRY_VOID(m_blacklist.checkText(readCap));
    return m_grid.open(readCap);
}

asio::awaitable<Result<CheckResult>> GridFiles::check(std::string cap, CheckOptions options)
{
    return m_grid.check(std::move(cap), options);
}

asio::awaitable<Result<RepairResult>> GridFiles::checkAndRepair(std::string cap,
                                                                CheckOptions options)
{
    return m_grid.checkAndRepair(std::move(cap), options);
}

std::string GridFiles::freshHandle()
{
    constexpr std::size_t kHandleBytes = 16;
    Bytes bytes(kHandleBytes);
    m_random.fill(bytes);
    return codec::encodeBase32(bytes);
}

std::vector<ServerView> GridFiles::servers() const
{
    std::vector<ServerView> views;
    for (const ServerPtr& server : m_grid.servers().servers())
        views.push_back({server->id, server->nickname, server->connection->status(),
                         server->uploadPermit.refusal(m_clock.wallNow())});
    if (!m_besides.unusable) return views;
    for (ServerView& view : m_besides.unusable())
        views.push_back(std::move(view));
    std::sort(views.begin(), views.end(),
              [](const ServerView& a, const ServerView& b) { return a.id < b.id; });
    return views;
}

asio::awaitable<std::optional<OwnDisk>> GridFiles::ownDisk()
{
    constexpr std::uint64_t kSmallFile = 100'000;
    if (m_besides.firstHome == nullptr) co_return std::nullopt;
    OwnDisk out;
    out.server = m_besides.firstHome->server();
    const Result<void> room = co_await m_besides.firstHome->admit(kSmallFile);
    if (!room) out.problem = room.error().text();
    co_return std::make_optional(std::move(out));
}

asio::awaitable<void> GridFiles::refresh()
{
    if (m_besides.onRequest) m_besides.onRequest();
    return m_blacklist.refresh();
}

} // namespace tarn::gateway::web
