#include "client-gateway/mutable/mutable_files.h"

#include "client-gateway/mutable/backoff.h"
#include "client-gateway/mutable/mutable_check.h"
#include "client-gateway/mutable/share_streams.h"
#include "client-gateway/mutable/streamed_publish.h"
#include "client-gateway/mutable/update_in_place.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Bodies from here on go on while they come.
constexpr std::uint64_t kLeastStreamed = 2 * 1024 * 1024;
/// Files at a time: each takes a connection or two of every server, and there are more users.
constexpr std::uint64_t kStreamsAtOnce = 2;
/// Nobody passes a writer: its requests have deadlines of their own.
constexpr Duration kNoHurry = std::chrono::hours(24 * 365);

struct Turn
{
    std::shared_ptr<Gate> gate;
    Gate::Permit permit;
};

std::uint64_t mostBytes(cap::MutableFormat format)
{
    return format == cap::MutableFormat::Sdmf
               ? share::kMaxSdmfSize
               : share::kMaxMutableSegments * share::kMdmfSegmentSize;
}

} // namespace

MutableFiles::MutableFiles(MutableParts parts, std::size_t keysAhead)
    : m_parts(parts), m_keys(parts.engine, parts.cpu, keysAhead),
      m_streams(parts.engine, parts.clock, kStreamsAtOnce, kNoHurry)
{
}

asio::awaitable<std::shared_ptr<void>> MutableFiles::turn(StorageIndex index)
{
    std::erase_if(m_turns, [](const auto& entry) { return entry.second.use_count() == 1; });
    std::shared_ptr<Gate>& slot = m_turns[index];
    if (!slot) slot = std::make_shared<Gate>(m_parts.engine, m_parts.clock, 1, kNoHurry);
    auto mine = std::make_shared<Turn>();
    mine->gate = slot;
    mine->permit = co_await mine->gate->enter(1);
    co_return mine;
}

asio::awaitable<Result<void>> MutableFiles::receive(Body& body, cap::MutableFormat format)
{
    body.permit = Gate::Permit();
    body.spool = std::make_unique<Spool>(m_parts.spool, m_parts.disk, m_parts.random);
    co_return co_await body.arriving.spoolInto(*body.spool, mostBytes(format));
}

/// Receives it, unless it is one that goes on while it comes.
asio::awaitable<Result<void>> MutableFiles::begin(Body& body, cap::MutableFormat format)
{
    const std::uint64_t size = body.arriving.announced().value_or(0);
    if (size > mostBytes(format)) co_return mutableTooLarge(size, mostBytes(format));
    if (format == cap::MutableFormat::Mdmf && size >= kLeastStreamed)
        body.permit = m_streams.tryEnter(1);
    if (body.permit) {
        TARN_CO_TRY(const bool quick, co_await body.arriving.comesQuickly());
        if (quick) co_return ok();
    }
    co_return co_await receive(body, format);
}

/// After servers failed while shares were on their way to them.
asio::awaitable<void> MutableFiles::findHomes(MutableFile file)
{
    const Result<ServerMap> map = co_await makeServerMap(m_parts, file, MapMode::Write);
    if (!map) co_return;
    // Those that there are suffice to read the file; a later repair may do better.
    const Result<void> written = co_await republish(m_parts, file, *map);
    static_cast<void>(written);
}

asio::awaitable<Result<void>> MutableFiles::publish(const Publication& what, Body& body)
{
    if (!body.spool && !mayStream(m_parts, what)) {
        TARN_CO_TRY_VOID(co_await receive(body, what.file.format));
    }
    if (!body.spool) {
        TARN_CO_TRY(const StreamedVersion version,
                    co_await publishStreamed(m_parts, what, body.arriving));
        if (!version.whole) co_await findHomes(what.file);
        co_return ok();
    }
    PlainSpool plain(*body.spool);
    TARN_CO_TRY(const std::uint64_t sequence, co_await publishVersion(m_parts, what, plain));
    static_cast<void>(sequence);
    co_return ok();
}

asio::awaitable<Result<cap::MutableWriteCap>> MutableFiles::create(UploadSource& source,
                                                                   MutableCreation how)
{
    Body body(source, m_parts.clock);
    TARN_CO_TRY_VOID(co_await begin(body, how.format));
    if (!how.key) {
        TARN_CO_TRY(how.key, co_await m_keys.take());
    }
    cap::MutableWriteCap cap;
    cap.format = how.format;
    cap.writeKey = crypto::writeKeyOf(how.key->der());
    cap.fingerprint = crypto::fingerprintOf(how.key->publicDer());
    const MutableReadable readable = cap;
    const MutableFile file = MutableFile::of(readable);
    const std::shared_ptr<void> mine = co_await turn(file.index);
    const ServerMap none;
    const Publication what{file, *how.key, none, m_parts.encoding.needed, m_parts.encoding.total};
    TARN_CO_TRY_VOID(co_await publish(what, body));
    co_return cap;
}

asio::awaitable<Result<std::shared_ptr<Download>>> MutableFiles::open(MutableReadable cap)
{
    const MutableFile file = MutableFile::of(cap);
    TARN_CO_TRY(std::shared_ptr<VersionReader> reader,
                co_await openNewest(m_parts, file, MapMode::Read));
    co_return makeMutableDownload(m_parts, file, std::move(reader));
}

asio::awaitable<Result<MutableContents>> MutableFiles::read(MutableReadable cap,
                                                            std::uint64_t limit)
{
    const MutableFile file = MutableFile::of(cap);
    for (const MapMode mode : {MapMode::Read, MapMode::Write}) {
        TARN_CO_TRY(const std::shared_ptr<VersionReader> reader,
                    co_await openNewest(m_parts, file, mode));
        const std::uint64_t size = reader->shape().size();
        if (size > limit) co_return mutableTooLarge(size, limit);
        Result<Bytes> data = co_await retrieveWhole(m_parts, file, reader);
        if (!data && data.error().code() == ErrorCode::NotEnoughShares && mode == MapMode::Read)
            continue;
        if (!data) co_return data.error();
        MutableContents contents;
        contents.data = *std::move(data);
        contents.sequence = reader->header().sequence;
        co_return contents;
    }
    co_return Error(ErrorCode::Internal, "unreachable");
}

Publication MutableFiles::after(const MutableFile& file, const ServerMap& map,
                                const crypto::RsaKey& key) const
{
    Publication what{file, key, map, m_parts.encoding.needed, m_parts.encoding.total};
    const std::optional<VersionId> best = map.best();
    if (best && m_parts.home == nullptr) {
        const share::MutableHeader& header = map.headerOf(*best);
        what.needed = header.needed;
        what.total = header.total;
    }
    return what;
}

asio::awaitable<Result<void>> MutableFiles::overwrite(cap::MutableWriteCap cap,
                                                      UploadSource& source)
{
    const MutableReadable readable = cap;
    const MutableFile file = MutableFile::of(readable);
    Body body(source, m_parts.clock);
    TARN_CO_TRY_VOID(co_await begin(body, cap.format));
    const std::shared_ptr<void> mine = co_await turn(file.index);
    TARN_CO_TRY(const ServerMap map, co_await makeServerMap(m_parts, file, MapMode::Write));
    if (map.shares.empty()) co_return map.unrecoverableError();
    TARN_CO_TRY(const crypto::RsaKey key, co_await fetchPrivateKey(m_parts, file, map));
    const Publication what = after(file, map, key);
    co_return co_await publish(what, body);
}

asio::awaitable<Result<void>> MutableFiles::update(cap::MutableWriteCap cap, std::uint64_t offset,
                                                   UploadSource& source)
{
    const MutableReadable readable = cap;
    const MutableFile file = MutableFile::of(readable);
    Body body(source, m_parts.clock);
    TARN_CO_TRY_VOID(co_await receive(body, cap.format));
    const std::shared_ptr<void> mine = co_await turn(file.index);
    PlainSpool patch(*body.spool);
    co_return co_await updateFile(m_parts, file, offset, patch);
}

asio::awaitable<Result<MutableContents>>
MutableFiles::modifyOnce(MutableFile file, std::uint64_t limit, const Edit& edit, bool again)
{
    const MapMode mode = again ? MapMode::Check : MapMode::Write;
    TARN_CO_TRY(const ServerMap map, co_await makeServerMap(m_parts, file, mode));
    TARN_CO_TRY(const std::shared_ptr<VersionReader> reader, newestOf(m_parts, file, map));
    const std::uint64_t size = reader->shape().size();
    if (size > limit) co_return mutableTooLarge(size, limit);
    MutableContents contents;
    TARN_CO_TRY(contents.data, co_await retrieveWhole(m_parts, file, reader));
    contents.sequence = reader->header().sequence;
    TARN_CO_TRY(std::optional<Bytes> edited, edit(contents.data, again));
    const bool changed = edited && *edited != contents.data;
    if (!changed && !again) co_return contents;
    if (edited) contents.data = *std::move(edited);
    PlainBytes plain(contents.data);
    TARN_CO_TRY(const crypto::RsaKey key, co_await fetchPrivateKey(m_parts, file, map));
    const Publication what = after(file, map, key);
    TARN_CO_TRY(contents.sequence, co_await publishVersion(m_parts, what, plain));
    co_return contents;
}

asio::awaitable<Result<MutableContents>> MutableFiles::modify(cap::MutableWriteCap cap,
                                                              std::uint64_t limit, Edit edit)
{
    const MutableReadable readable = cap;
    const MutableFile file = MutableFile::of(readable);
    const std::shared_ptr<void> mine = co_await turn(file.index);
    Backoff backoff(m_parts.random);
    bool again = false;
    for (;;) {
        Result<MutableContents> outcome = co_await modifyOnce(file, limit, edit, again);
        if (outcome || outcome.error().code() != ErrorCode::Conflict) co_return outcome;
        const std::optional<Duration> pause = backoff.next();
        if (!pause) co_return outcome;
        co_await m_parts.clock.sleep(*pause);
        again = true;
    }
}

asio::awaitable<Result<CheckResult>> MutableFiles::check(MutableCap cap, CheckOptions options)
{
    const MutableFile file = MutableFile::of(cap);
    TARN_CO_TRY(MutableHealth health, co_await checkMutable(m_parts, file, options));
    co_return std::move(health.result);
}

bool MutableFiles::worthSpreading(const Spread& spread) const
{
    const TimePoint now = m_parts.clock.now();
    return !spread.asNewFiles ||
           std::any_of(spread.lacking.begin(), spread.lacking.end(),
                       [&](const std::string& id) { return !m_refusals.rests(id, now); });
}

/// Who answers and lacks what it was just sent has refused it.
void MutableFiles::noteRefusals(const Spread& before, const Spread& after)
{
    for (const std::string& id : before.lacking)
        if (!after.lacking.contains(id)) m_refusals.took(id);
    for (const std::string& id : after.lacking)
        m_refusals.refused(id, m_parts.clock.now());
}

asio::awaitable<Result<RepairResult>> MutableFiles::checkAndRepair(MutableCap cap,
                                                                   CheckOptions options)
{
    const MutableFile file = MutableFile::of(cap);
    const std::shared_ptr<void> mine = co_await turn(file.index);
    TARN_CO_TRY(const MutableHealth health, co_await checkMutable(m_parts, file, options));
    RepairResult result;
    result.before = health.result;
    result.after = health.result;
    const bool spreading = options.spread && m_parts.home != nullptr;
    const Spread before = spreadOf(m_parts, file, health.map);
    const bool needed = spreading ? worthSpreading(before) : !health.result.healthy;
    if (!needed || !file.writeKey) co_return result;
    result.attempted = true;
    const Result<void> repaired = co_await republish(m_parts, file, health.map);
    result.successful = repaired.has_value();
    if (!repaired) result.failure = repaired.error().text();
    if (!repaired) co_return result;
    CheckOptions after = options;
    after.addLease = false;
    TARN_CO_TRY(MutableHealth fresh, co_await checkMutable(m_parts, file, after));
    if (spreading) noteRefusals(before, spreadOf(m_parts, file, fresh.map));
    result.after = std::move(fresh.result);
    co_return result;
}

} // namespace tarn::gateway
