#include "client-gateway/mutable/share_streams.h"

#include "client-gateway/async/parallel.h"
#include "client-gateway/mutable/publisher.h"
#include "client-gateway/mutable/spooled_stream.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Shares of servers that fail are offered to others so often.
constexpr unsigned kRounds = 3;

bool fewPerServer(const std::vector<ServerGoal>& goals)
{
    return std::all_of(goals.begin(), goals.end(), [](const ServerGoal& goal) {
        return goal.shares.size() <= ShareStreams::kMostPerServer;
    });
}

} // namespace

bool mayStream(const MutableParts& parts, const Publication& what)
{
    if (parts.home != nullptr) return false;
    const std::vector<ServerPtr> usable = usableServers(parts, what);
    return fewPerServer(goalsOf(parts, what, usable, {}));
}

ShareStreams::ShareStreams(const MutableParts& parts, const Publication& what,
                           std::vector<storage_api::WriteSpot> spots, TransferLogPtr log)
    : m_parts(parts), m_what(what), m_spots(std::move(spots)), m_log(std::move(log)),
      m_usable(usableServers(parts, what))
{
    for (const storage_api::WriteSpot& spot : m_spots)
        m_shareBytes += spot.size;
}

void ShareStreams::giveUp(Line& line, const Error& why)
{
    m_problems += "; server " + line.server->id + ": " + why.text();
    if (line.note) line.note->failed(why.text());
    line.note.reset();
    line.stream.reset();
    std::erase(m_usable, line.server);
}

Result<void> ShareStreams::requireEnough()
{
    std::erase_if(m_lines, [](const std::unique_ptr<Line>& line) { return !line->stream; });
    std::set<ShareNumber> left;
    for (const std::unique_ptr<Line>& line : m_lines)
        left.insert(line->share);
    if (left.size() >= m_what.needed) return ok();
    return notEnoughServers(m_parts, m_what, left.size(), m_usable, m_problems);
}

std::set<ShareNumber> ShareStreams::sharesOf(const std::string& serverId) const
{
    std::set<ShareNumber> out;
    for (const std::unique_ptr<Line>& line : m_lines)
        if (line->server->id == serverId) out.insert(line->share);
    return out;
}

asio::awaitable<Result<ShareStreams::Stream>> ShareStreams::streamTo(Line& line)
{
    storage_api::StreamedShare request;
    request.share = line.share;
    storage_api::TestVector test;
    test.size = std::max<std::uint64_t>(1, line.specimen.size());
    test.specimen = line.specimen;
    request.tests.push_back(test);
    share::MutableHeader header;
    header.format = m_what.file.format;
    storage_api::ReadVector read;
    read.size = share::checkStringOf(header).size();
    request.reads.push_back(read);
    request.spots = m_spots;
    const Server& server = *line.server;
    const crypto::WriteEnabler enabler =
        crypto::writeEnablerFor(*m_what.file.writeKey, server.tubId);
    const storage_api::LeaseSecrets leases = mutableLeases(m_parts, m_what.file, server);
    const StorageIndex index = m_what.file.index;
    Result<Stream> stream =
        co_await server.store().streamShare(index, leases, enabler.view(), request);
    if (stream || stream.error().code() != ErrorCode::Unsupported) co_return stream;
    Bytes owned = toBytes(enabler.view());
    co_return co_await SpooledStream::make(server.store(), m_parts.spool, m_parts.disk, index,
                                           leases, std::move(owned), std::move(request));
}

asio::awaitable<Result<void>> ShareStreams::begin(Line& line)
{
    const std::vector<ShareNumber> shares{line.share};
    const ByteRange range{0, m_shareBytes};
    line.note =
        std::make_unique<RequestNote>(m_log, RequestKind::Write, line.server->id, shares, range);
    auto opening = streamTo(line);
    Result<Stream> stream = co_await withDeadline<Stream>(
        m_parts.clock, m_parts.queryDeadline, "beginning to write a share", std::move(opening));
    if (stream) {
        line.stream = *std::move(stream);
    } else {
        giveUp(line, stream.error());
    }
    co_return ok();
}

asio::awaitable<Result<void>> ShareStreams::open()
{
    std::set<ShareNumber> placed;
    for (unsigned round = 0; round < kRounds && placed.size() < m_what.total; ++round) {
        std::vector<ServerGoal> goals = goalsOf(m_parts, m_what, m_usable, placed);
        std::vector<asio::awaitable<Result<void>>> work;
        for (const ServerGoal& goal : goals) {
            const std::size_t had = sharesOf(goal.server->id).size();
            std::size_t room = had < kMostPerServer ? kMostPerServer - had : 0;
            for (const ShareNumber share : goal.shares) {
                if (room-- == 0) break;
                auto line = std::make_unique<Line>();
                line->server = goal.server;
                line->share = share;
                line->specimen = expectedFront(m_what.map, SharePlace(goal.server->id, share));
                work.push_back(begin(*line));
                m_lines.push_back(std::move(line));
            }
        }
        co_await allOf(std::move(work));
        std::erase_if(m_lines, [](const std::unique_ptr<Line>& line) { return !line->stream; });
        for (const std::unique_ptr<Line>& line : m_lines)
            placed.insert(line->share);
    }
    co_return requireEnough();
}

asio::awaitable<Result<void>> ShareStreams::send(Line& line, ByteView data)
{
    const auto limit = m_parts.writeDeadline * static_cast<std::int64_t>(1 + (data.size() >> 20U));
    auto writing = line.stream->write(data);
    const Result<void> written = co_await withDeadline<void>(
        m_parts.clock, limit, "a part of the write of a share", std::move(writing));
    if (!written) giveUp(line, written.error());
    co_return ok();
}

asio::awaitable<Result<void>> ShareStreams::write(ByteView blocks)
{
    const std::size_t perShare = blocks.size() / m_what.total;
    std::vector<asio::awaitable<Result<void>>> work;
    for (const std::unique_ptr<Line>& line : m_lines)
        work.push_back(send(*line, blocks.subspan(line->share.value * perShare, perShare)));
    co_await allOf(std::move(work));
    co_return requireEnough();
}

asio::awaitable<Result<void>> ShareStreams::end(Line& line, ByteView tail, const Bytes& check)
{
    TARN_CO_TRY_VOID(co_await send(line, tail));
    if (!line.stream) co_return ok();
    const auto limit = m_parts.writeDeadline * static_cast<std::int64_t>(1 + (m_shareBytes >> 20U));
    auto finishing = line.stream->finish();
    const Result<storage_api::ReadTestWriteAnswer> answer =
        co_await withDeadline<storage_api::ReadTestWriteAnswer>(
            m_parts.clock, limit, "the write of shares", std::move(finishing));
    if (!answer) {
        giveUp(line, answer.error());
        co_return ok();
    }
    line.surprised =
        showsOtherWriter(*answer, m_what.map, line.server->id, sharesOf(line.server->id), check);
    line.written = answer->success;
    if (answer->success) {
        line.note->answered(0);
    } else {
        line.note->failed("its shares are not what was seen before");
    }
    line.note.reset();
    co_return ok();
}

asio::awaitable<Result<std::vector<SeenShare>>>
ShareStreams::finish(const std::vector<Bytes>& tails, Bytes check)
{
    std::vector<asio::awaitable<Result<void>>> work;
    for (const std::unique_ptr<Line>& line : m_lines)
        work.push_back(end(*line, tails[line->share.value], check));
    co_await allOf(std::move(work));
    std::vector<SeenShare> places;
    std::set<ShareNumber> written;
    bool surprised = false;
    for (const std::unique_ptr<Line>& line : m_lines) {
        surprised = surprised || line->surprised;
        if (!line->written) continue;
        written.insert(line->share);
        places.push_back({line->server, line->share});
    }
    if (!surprised && written.size() >= m_what.needed) co_return places;
    if (isNew(m_what)) co_await removeShares(m_parts, m_what, std::move(places), check);
    if (surprised) co_return uncoordinatedWrite();
    co_return notEnoughServers(m_parts, m_what, written.size(), m_usable, m_problems);
}

} // namespace tarn::gateway
