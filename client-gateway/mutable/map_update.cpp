#include "client-gateway/mutable/map_update.h"

#include "client-gateway/async/parallel.h"
#include "client-gateway/async/signal.h"
#include "core/pipeline/mutable/encode_segments.h"
#include "core/share/mutable_shape.h"

#include <algorithm>

namespace tarn::gateway {

namespace {

/// Servers asked beyond the first batch at a time.
constexpr std::size_t kInFlight = 5;
/// Of a check, which asks all.
constexpr std::size_t kCheckInFlight = 60;
constexpr std::size_t kSeenBytes = 75;
/// Of every share header, keys and signature are read, and where its blocks are wanted next as
/// much as costs less than another request: all of a small file's.
constexpr std::size_t kFrontBytes = 16 * 1024;
constexpr std::size_t kCheckFrontBytes = 4000;
/// Then a reader that could do without an answer does.
constexpr Duration kPatience = std::chrono::seconds(1);
/// Answers that nobody waits for any more are taken off their connections: a request that is
/// cancelled costs the connection.
constexpr Duration kLateAnswers = std::chrono::seconds(1);

ByteView section(ByteView front, ByteRange range)
{
    if (range.begin > range.end || range.end > front.size()) return {};
    return front.subspan(static_cast<std::size_t>(range.begin),
                         static_cast<std::size_t>(range.size()));
}

/// One update under way; owned by its queries.
struct Update
{
    Update(MutableParts givenParts, MutableFile givenFile, MapMode givenMode, bool lease)
        : parts(std::move(givenParts)), file(std::move(givenFile)), mode(givenMode),
          addLease(lease), changed(parts.engine), log(std::make_shared<TransferLog>(parts.clock))
    {
    }

    Result<void> checkKeyAndSignature(const share::MutableLayout& layout, ByteView front);
    Result<share::MutableLayout> validate(ByteView front);
    void take(const ServerPtr& server, ShareNumber share, Bytes front);

    MutableParts parts;
    MutableFile file;
    MapMode mode;
    bool addLease;
    Signal changed;
    TransferLogPtr log;
    Duration verifying{};
    ServerMap map;
    std::vector<ServerPtr> order;
    std::vector<AskState> states;
    std::optional<crypto::RsaPublicKey> key;
    std::map<Bytes, Bytes> signatures; ///< good ones, by what they sign
    bool impatient = false;
    bool over = false; ///< the map is with its reader; what still comes is not looked at
};

/// Every share carries the same key, and the same signature as others of its version.
Result<void> Update::checkKeyAndSignature(const share::MutableLayout& layout, ByteView front)
{
    const ByteView der = section(front, layout.sections.publicKey);
    if (!key) {
        if (crypto::fingerprintOf(der) != file.fingerprint)
            return Error(ErrorCode::Corrupt, "public key does not match the fingerprint");
        TARN_TRY(key, crypto::RsaPublicKey::fromDer(der));
    } else if (!equal(der, key->der())) {
        return Error(ErrorCode::Corrupt, "public key does not match the fingerprint");
    }
    const Bytes prefix = share::signedPrefixOf(layout.header);
    const ByteView signature = section(front, layout.sections.signature);
    const auto known = signatures.find(prefix);
    if (known != signatures.end() && equal(known->second, signature)) return ok();
    if (!key->verify(prefix, signature)) return Error(ErrorCode::Corrupt, "signature is not valid");
    signatures.insert_or_assign(prefix, toBytes(signature));
    return ok();
}

Result<share::MutableLayout> Update::validate(ByteView front)
{
    TARN_TRY(const share::MutableLayout layout, share::parseMutableLayout(front));
    TARN_TRY(const share::MutableShape shape, share::MutableShape::of(layout.header));
    TARN_TRY_VOID(shape.checkSections(layout.sections));
    TARN_TRY_VOID(checkKeyAndSignature(layout, front));
    return layout;
}

void Update::take(const ServerPtr& server, ShareNumber share, Bytes front)
{
    const SharePlace place(server->id, share);
    const TimePoint begun = parts.clock.now();
    Result<share::MutableLayout> layout = validate(front);
    verifying += parts.clock.now() - begun;
    if (layout && share.value >= layout->header.total)
        layout = Error(ErrorCode::Corrupt, "share number past N");
    if (layout) {
        MappedShare mapped;
        mapped.server = server;
        mapped.version = VersionId::of(layout->header);
        mapped.layout = *layout;
        mapped.front = std::move(front);
        map.shares.insert_or_assign(place, std::move(mapped));
        return;
    }
    BadCopy copy;
    copy.server = server;
    copy.seen = toBytes(ByteView(front).first(std::min(front.size(), kSeenBytes)));
    copy.reason = layout.error().message();
    copy.incompatible = layout.error().code() == ErrorCode::Unsupported;
    if (!copy.incompatible) adviseMutable(parts, file, server, share, copy.reason);
    map.bad.insert_or_assign(place, std::move(copy));
}

asio::awaitable<Result<Bytes>> readFront(std::shared_ptr<Update> update, ServerPtr server,
                                         ShareNumber share, std::size_t size)
{
    const MutableParts& parts = update->parts;
    Bytes front(size);
    const ByteRange range{0, size};
    RequestNote note(update->log, RequestKind::Read, server->id, {share}, range);
    auto reading = server->store().readShare(storage_api::ShareKind::Mutable, update->file.index,
                                             share, range, front);
    const Result<std::size_t> got = co_await withDeadline<std::size_t>(
        parts.clock, parts.queryDeadline, "a share's header", std::move(reading));
    if (!got) {
        note.failed(got.error().text());
        co_return got.error();
    }
    note.answered(*got);
    front.resize(std::min(*got, front.size()));
    co_return front;
}

asio::awaitable<Result<std::set<ShareNumber>>> listShares(std::shared_ptr<Update> update,
                                                          ServerPtr server)
{
    const MutableParts& parts = update->parts;
    RequestNote note(update->log, RequestKind::Query, server->id);
    auto listing = server->store().listShares(storage_api::ShareKind::Mutable, update->file.index);
    Result<std::set<ShareNumber>> found = co_await withDeadline<std::set<ShareNumber>>(
        parts.clock, parts.queryDeadline, "the share query", std::move(listing));
    if (!found) {
        note.failed(found.error().text());
        co_return found;
    }
    std::erase_if(*found,
                  [](ShareNumber share) { return share.value >= share::kMaxMutableShares; });
    note.found(std::vector<ShareNumber>(found->begin(), found->end()));
    co_return found;
}

/// Empty: there are none of them. Failed: some could not be read.
asio::awaitable<AskState> readShares(std::shared_ptr<Update> update, ServerPtr server,
                                     std::set<ShareNumber> shares)
{
    const std::size_t size = update->mode == MapMode::Check ? kCheckFrontBytes : kFrontBytes;
    const std::vector<ShareNumber> numbers(shares.begin(), shares.end());
    std::vector<asio::awaitable<Result<Bytes>>> reads;
    for (const ShareNumber share : numbers)
        reads.push_back(readFront(update, server, share, size));
    std::vector<Result<Bytes>> fronts = co_await allOf(std::move(reads));
    if (update->over) co_return AskState::Failed;
    AskState state = AskState::Empty;
    for (std::size_t i = 0; i < fronts.size(); ++i) {
        if (fronts[i]) {
            update->take(server, numbers[i], *std::move(fronts[i]));
            if (state == AskState::Empty) state = AskState::HasShares;
        } else if (fronts[i].error().code() != ErrorCode::NotFound) {
            update->map.problems.insert_or_assign(server->id, fronts[i].error().text());
            state = AskState::Failed;
        }
    }
    co_return state;
}

/// Which shares there are, and at the same time the heads of those that were there.
asio::awaitable<Result<AskState>> askForBoth(std::shared_ptr<Update> update, ServerPtr server,
                                             std::set<ShareNumber> known)
{
    std::optional<Result<std::set<ShareNumber>>> listed;
    std::optional<AskState> had;
    TaskGroup both(update->parts.engine);
    both.spawn(detail::storeResult(listShares(update, server), listed));
    both.spawn(detail::storeResult(readShares(update, server, known), had));
    co_await both.joinOrCancel();
    if (!listed || !had) co_return Error(ErrorCode::Internal, "the server query failed");
    if (!*listed) co_return listed->error();
    if (update->over) co_return AskState::Failed;
    std::set<ShareNumber> others = **std::move(listed);
    for (const ShareNumber share : known)
        others.erase(share);
    AskState more = AskState::Empty;
    if (!others.empty()) more = co_await readShares(update, server, std::move(others));
    if (*had == AskState::Failed || more == AskState::Failed) co_return AskState::Failed;
    if (*had == AskState::HasShares) co_return *had;
    co_return more;
}

asio::awaitable<Result<AskState>> ask(std::shared_ptr<Update> update, ServerPtr server)
{
    const MutableParts& parts = update->parts;
    const StorageIndex index = update->file.index;
    if (update->mode == MapMode::Write && !update->addLease) {
        std::set<ShareNumber> known = parts.seenVersions.sharesOn(index, server);
        if (!known.empty()) co_return co_await askForBoth(update, server, std::move(known));
    }
    if (update->mode == MapMode::Read) {
        std::set<ShareNumber> known = parts.seenVersions.sharesOn(index, server);
        AskState state = AskState::Empty;
        if (!known.empty()) state = co_await readShares(update, server, std::move(known));
        if (state != AskState::Empty) co_return state;
    }
    TARN_CO_TRY(std::set<ShareNumber> found, co_await listShares(update, server));
    if (found.empty() || update->over) co_return AskState::Empty;
    const AskState read = co_await readShares(update, server, std::move(found));
    if (update->addLease) {
        auto leasing = server->store().addLease(index, mutableLeases(parts, update->file, *server));
        // A server that has no room for another lease still has the shares.
        const Result<void> leased = co_await withDeadline<void>(
            parts.clock, parts.queryDeadline, "the lease request", std::move(leasing));
        static_cast<void>(leased);
    }
    co_return read == AskState::Failed ? read : AskState::HasShares;
}

asio::awaitable<void> query(std::shared_ptr<Update> update, std::size_t position)
{
    const ServerPtr server = update->order[position];
    const Result<AskState> answer = co_await ask(update, server);
    if (update->over) co_return;
    if (answer) {
        update->states[position] = *answer;
        if (*answer != AskState::Failed) update->map.answered.insert(server->id);
    } else {
        update->states[position] = AskState::Failed;
        update->map.problems.insert_or_assign(server->id, answer.error().text());
    }
    update->changed.notifyAll();
}

asio::awaitable<void> losePatience(std::shared_ptr<Update> update)
{
    co_await update->parts.clock.sleep(kPatience);
    update->impatient = true;
    update->changed.notifyAll();
}

asio::awaitable<Result<void>> joined(TaskGroup& queries)
{
    co_await queries.join();
    co_return ok();
}

/// Then they are cancelled.
asio::awaitable<Result<void>> takeLateAnswers(std::shared_ptr<TaskGroup> queries,
                                              LateQueries::Place /*counted*/, Clock& clock)
{
    const Result<void> ended =
        co_await withDeadline<void>(clock, kLateAnswers, "late answers", joined(*queries));
    static_cast<void>(ended);
    co_return ok();
}

/// Who was asked and has not answered.
std::vector<std::string> unanswered(const Update& update)
{
    std::vector<std::string> out;
    for (std::size_t i = 0; i < update.order.size(); ++i)
        if (update.states[i] == AskState::Asked) out.push_back(update.order[i]->id);
    return out;
}

std::size_t firstBatch(MapMode mode, const EncodingParameters& encoding)
{
    switch (mode) {
    case MapMode::Read:
        return std::size_t{2} * encoding.needed;
    case MapMode::Write:
        return std::size_t{encoding.total} + encoding.needed;
    case MapMode::Check:
        break;
    }
    return kCheckInFlight;
}

/// For people to see: out-voted or not, somebody keeps what should be gone.
void noteOldVersions(const ServerMap& map, StorageIndex index)
{
    for (const SharePlace& place : map.oldCopies()) {
        const MappedShare& mapped = map.shares.at(place);
        mapped.server->connection->noteOldVersion(index, place.second, mapped.version.sequence,
                                                  map.best()->sequence);
    }
}

asio::awaitable<Result<void>> advise(ServerPtr server, StorageIndex index, ShareNumber share,
                                     std::string reason, Clock& clock, Duration deadline)
{
    auto advising = server->store().adviseCorrupt(storage_api::ShareKind::Mutable, index, share,
                                                  std::move(reason));
    co_return co_await withDeadline<void>(clock, deadline, "corruption report",
                                          std::move(advising));
}

std::string_view modeOf(MapMode mode)
{
    switch (mode) {
    case MapMode::Read:
        return "MODE_READ";
    case MapMode::Write:
        return "MODE_WRITE";
    case MapMode::Check:
        break;
    }
    return "MODE_CHECK";
}

/// What a server has of the file, in words.
std::string tellingOf(const Update& update, const std::string& server, AskState state)
{
    std::string out;
    const auto add = [&out](const std::string& text) { out += (out.empty() ? "" : "; ") + text; };
    for (const auto& [place, mapped] : update.map.shares)
        if (place.first == server)
            add("share " + std::to_string(place.second.value) + ": sequence " +
                std::to_string(mapped.version.sequence));
    for (const auto& [place, copy] : update.map.bad)
        if (place.first == server)
            add("share " + std::to_string(place.second.value) + ": " + copy.reason);
    const auto problem = update.map.problems.find(server);
    if (problem != update.map.problems.end()) add(problem->second);
    if (!out.empty()) return out;
    return state == AskState::Asked ? "no answer was waited for" : "no shares";
}

void endRecord(TransferRecord& record, const Update& update)
{
    for (std::size_t i = 0; i < update.order.size(); ++i)
        if (update.states[i] != AskState::Waiting)
            record.tell(update.order[i]->id,
                        tellingOf(update, update.order[i]->id, update.states[i]));
    if (const std::optional<VersionId> best = update.map.best()) {
        const share::MutableHeader& header = update.map.headerOf(*best);
        record.encoded(header.needed, header.total);
    }
    record.took("verify", update.verifying);
    record.succeed();
}

/// For the next reader.
void remember(SeenVersions& seen, const ServerMap& map, StorageIndex index)
{
    const std::optional<VersionId> best = map.best();
    if (!best) return;
    seen.note(index, best->sequence);
    std::vector<SeenShare> places;
    for (const auto& [place, mapped] : map.shares)
        if (mapped.version == *best) places.push_back({mapped.server, place.second});
    seen.notePlaces(index, std::move(places));
}

Result<crypto::RsaKey> openPrivateKey(ByteView encrypted, const crypto::WriteKey& writeKey)
{
    Bytes der = pipeline::cryptPrivateKey(encrypted, writeKey);
    const bool right = crypto::writeKeyOf(der) == writeKey;
    Result<crypto::RsaKey> key =
        right ? crypto::RsaKey::fromDer(der)
              : Result<crypto::RsaKey>(Error(ErrorCode::Corrupt, "private key is not the file's"));
    wipe(der);
    return key;
}

} // namespace

asio::awaitable<Result<ServerMap>> makeServerMap(MutableParts parts, MutableFile file, MapMode mode,
                                                 bool addLease)
{
    auto update = std::make_shared<Update>(parts, file, mode, addLease);
    const std::unique_ptr<TransferRecord> record = beginTransfer(
        parts, file, TransferKind::MapUpdate, update->log, std::nullopt, std::string(modeOf(mode)));
    update->order = askingOrder(parts, file.index);
    update->states.assign(update->order.size(), AskState::Waiting);
    const std::size_t needed = parts.encoding.needed;
    const std::uint64_t known = parts.seenVersions.newest(file.index);
    const std::size_t batch = firstBatch(mode, parts.encoding);
    auto queries = std::make_shared<TaskGroup>(parts.engine);
    TaskGroup patience(parts.engine);
    patience.spawn(losePatience(update));
    std::size_t next = 0;
    while (mapWantsMore(mode, update->map, update->states, needed, known, update->impatient)) {
        const std::size_t limit =
            next < batch ? batch : (mode == MapMode::Check ? kCheckInFlight : kInFlight);
        if (next < update->order.size() && queries->running() < limit) {
            update->states[next] = AskState::Asked;
            queries->spawn(query(update, next++));
            continue;
        }
        co_await update->changed.wait();
    }
    update->over = true;
    if (queries->running() > 0) {
        if (std::optional<LateQueries::Place> place = parts.late->enter(unanswered(*update))) {
            asio::awaitable<Result<void>> taking =
                takeLateAnswers(std::move(queries), *std::move(place), parts.clock);
            spawnLogged(parts.engine, "late answers", std::move(taking));
        }
    }
    noteOldVersions(update->map, file.index);
    remember(parts.seenVersions, update->map, file.index);
    endRecord(*record, *update);
    co_return std::move(update->map);
}

void adviseMutable(const MutableParts& parts, const MutableFile& file, const ServerPtr& server,
                   ShareNumber share, std::string reason)
{
    spawnLogged(
        parts.engine, "corruption report",
        advise(server, file.index, share, std::move(reason), parts.clock, parts.queryDeadline));
}

asio::awaitable<Result<Bytes>> readMapped(MutableParts parts, StorageIndex index, ServerPtr server,
                                          ShareNumber share, ByteView front, ByteRange range)
{
    if (range.end <= front.size()) co_return toBytes(section(front, range));
    Bytes bytes(static_cast<std::size_t>(range.size()));
    auto reading =
        server->store().readShare(storage_api::ShareKind::Mutable, index, share, range, bytes);
    TARN_CO_TRY(const std::size_t got,
                co_await withDeadline<std::size_t>(parts.clock, parts.readDeadline,
                                                   "a part of a share", std::move(reading)));
    if (got != bytes.size()) co_return Error(ErrorCode::Corrupt, "the share ends early");
    co_return bytes;
}

asio::awaitable<Result<crypto::RsaKey>> fetchPrivateKey(MutableParts parts, MutableFile file,
                                                        const ServerMap& map)
{
    constexpr std::uint64_t kMaxKey = 4096;
    for (const auto& [place, mapped] : map.shares) {
        const ByteRange range = mapped.layout.sections.encryptedPrivateKey;
        if (range.size() > kMaxKey) continue;
        const Result<Bytes> encrypted = co_await readMapped(parts, file.index, mapped.server,
                                                            place.second, mapped.front, range);
        if (!encrypted) continue;
        Result<crypto::RsaKey> key = openPrivateKey(*encrypted, *file.writeKey);
        if (key) co_return key;
        adviseMutable(parts, file, mapped.server, place.second, key.error().message());
    }
    co_return Error(ErrorCode::NotEnoughShares,
                    "no share of this mutable file has its private key: " +
                        map.unrecoverableError().message());
}

} // namespace tarn::gateway
