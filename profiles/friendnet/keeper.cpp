#include "profiles/friendnet/keeper.h"

#include "core/base/log.h"
#include "profiles/friendnet/outbox_plan.h"
#include "profiles/friendnet/sightings_file.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <charconv>

namespace tarn::profiles {

namespace {

using gateway::CheckOptions;
using gateway::CheckResult;
using gateway::MutableCap;
using gateway::RepairResult;

constexpr std::string_view kRootFile = "root_dir.cap";
constexpr Duration kFirst = std::chrono::seconds(60);
/// Of the time, so much goes to this work: one part of kShareOfTime.
constexpr int kShareOfTime = 5;
constexpr Duration kLongestRest = std::chrono::seconds(10);
/// Who took nothing of a file is offered some again after so long.
constexpr Duration kRefusalHolds = std::chrono::hours(24);
constexpr Duration kLookForQuiet = std::chrono::seconds(2);
/// Of a round that brings what a member missed.
constexpr Duration kShortPatience = std::chrono::minutes(1);

/// "seq3-abcd", with the sequence number and the root hash: the newest of the versions that have
/// the shares that count.
std::string versionOf(const CheckResult& result)
{
    constexpr std::string_view kBegin = "seq";
    std::string out;
    std::uint64_t newest = 0;
    for (const auto& [name, servers] : result.versionShareMap) {
        const std::string version = name.substr(0, name.rfind("-sh"));
        const auto whole = [&](const auto& entry) {
            const auto there =
                result.versionShareMap.find(version + "-sh" + std::to_string(entry.first.value));
            return there != result.versionShareMap.end() &&
                   std::includes(there->second.begin(), there->second.end(), entry.second.begin(),
                                 entry.second.end());
        };
        if (!std::all_of(result.shareMap.begin(), result.shareMap.end(), whole)) continue;
        std::uint64_t sequence = 0;
        std::from_chars(version.data() + kBegin.size(), version.data() + version.size(), sequence);
        if (!out.empty() && sequence <= newest) continue;
        newest = sequence;
        out = version;
    }
    return out;
}

std::set<std::string> withNothing(const CheckResult& result)
{
    std::set<std::string> out = result.serversResponding;
    for (const auto& [share, servers] : result.shareMap)
        for (const std::string& server : servers)
            out.erase(server);
    return out;
}

void ended(Movements::Running& running, const Result<RepairResult>& outcome)
{
    if (outcome && (!outcome->attempted || outcome->successful))
        running.succeed();
    else if (outcome)
        running.fail(outcome->failure);
    else if (outcome.error().code() != ErrorCode::Cancelled)
        running.fail(outcome.error().text());
}

CheckOptions withLease()
{
    CheckOptions out;
    out.addLease = true;
    return out;
}

} // namespace

/// Looks before it repairs: a friend who sleeps is no loss.
class Keeper::Immutables final : public gateway::ImmutableFiles
{
public:
    explicit Immutables(Keeper& keeper) : m_keeper(keeper), m_inner(keeper.m_parts.immutableFiles)
    {
    }

    asio::awaitable<Result<std::string>> upload(gateway::UploadSource& source) override
    {
        return m_inner.upload(source);
    }
    Result<std::shared_ptr<gateway::Download>> open(std::string_view readCap) override
    {
        return m_inner.open(readCap);
    }
    asio::awaitable<Result<CheckResult>> check(std::string cap, CheckOptions options) override
    {
        return m_inner.check(std::move(cap), options);
    }
    asio::awaitable<Result<RepairResult>> checkAndRepair(std::string cap,
                                                         CheckOptions options) override
    {
        RepairResult out;
        if (!m_keeper.m_whole) co_return out;
        co_await m_keeper.waitForQuiet();
        TARN_CO_TRY(out.before, co_await m_inner.check(cap, options));
        out.after = out.before;
        if (out.before.literal) co_return out;
        m_keeper.note(out.before, false);
        if (!m_keeper.worthRepairing(out.before)) co_return out;
        options.spread = m_keeper.maySpread(out.before);
        if (out.before.healthy && !options.spread) co_return out;
        options.elsewhere = m_keeper.asleep(out.before);
        const std::unique_ptr<Movements::Running> running = m_keeper.beginRepair(out.before);
        Result<RepairResult> repaired = co_await m_inner.checkAndRepair(std::move(cap), options);
        ended(*running, repaired);
        TARN_CO_TRY(out, std::move(repaired));
        m_keeper.noteSpread(out.before, out.after);
        m_keeper.note(out.after, false);
        co_return out;
    }

private:
    Keeper& m_keeper;
    gateway::ImmutableFiles& m_inner;
};

class Keeper::Mutables final : public gateway::MutableService
{
public:
    explicit Mutables(Keeper& keeper) : m_keeper(keeper), m_inner(keeper.m_parts.mutableFiles) {}

    asio::awaitable<Result<cap::MutableWriteCap>> create(gateway::UploadSource& source,
                                                         gateway::MutableCreation how) override
    {
        return m_inner.create(source, std::move(how));
    }
    asio::awaitable<Result<std::shared_ptr<gateway::Download>>>
    open(gateway::MutableReadable cap) override
    {
        return m_inner.open(std::move(cap));
    }
    asio::awaitable<Result<gateway::MutableContents>> read(gateway::MutableReadable cap,
                                                           std::uint64_t limit) override
    {
        return m_inner.read(std::move(cap), limit);
    }
    asio::awaitable<Result<void>> overwrite(cap::MutableWriteCap cap,
                                            gateway::UploadSource& source) override
    {
        return m_inner.overwrite(cap, source);
    }
    asio::awaitable<Result<void>> update(cap::MutableWriteCap cap, std::uint64_t offset,
                                         gateway::UploadSource& source) override
    {
        return m_inner.update(cap, offset, source);
    }
    asio::awaitable<Result<gateway::MutableContents>>
    modify(cap::MutableWriteCap cap, std::uint64_t limit, Edit edit) override
    {
        return m_inner.modify(cap, limit, std::move(edit));
    }
    asio::awaitable<Result<CheckResult>> check(MutableCap cap, CheckOptions options) override
    {
        return m_inner.check(std::move(cap), options);
    }
    asio::awaitable<Result<RepairResult>> checkAndRepair(MutableCap cap,
                                                         CheckOptions options) override
    {
        co_await m_keeper.waitForQuiet();
        options.spread = true;
        TARN_CO_TRY(RepairResult out, co_await m_inner.checkAndRepair(cap, options));
        m_keeper.note(out.after, true);
        if (out.attempted || !m_keeper.worthWriting(out.after)) co_return out;
        options.spread = false;
        const std::unique_ptr<Movements::Running> running = m_keeper.beginRepair(out.after);
        Result<RepairResult> repaired = co_await m_inner.checkAndRepair(std::move(cap), options);
        ended(*running, repaired);
        TARN_CO_TRY(out, std::move(repaired));
        m_keeper.note(out.after, true);
        m_keeper.noteRewrite(out.after);
        co_return out;
    }

private:
    Keeper& m_keeper;
    gateway::MutableService& m_inner;
};

/// One round: takes what was looked at, and the time in between.
class Keeper::Walk final : public gateway::NodeVisitor
{
public:
    explicit Walk(Keeper& keeper) : m_keeper(keeper), m_begun(keeper.m_parts.clock.now()) {}

    asio::awaitable<Result<void>> visit(const gateway::VisitedNode& node) override
    {
        if (node.unreadable || node.unchecked) {
            ++unreadable;
            const Error& why = node.unreadable ? *node.unreadable : *node.unchecked;
            TARN_LOG(Info, Storage, "an own file could not be looked after", {"error", why.text()});
        }
        const auto* repair = std::get_if<RepairResult>(&node.health);
        if (repair != nullptr && repair->attempted && repair->successful) ++repaired;
        Clock& clock = m_keeper.m_parts.clock;
        const Duration took = clock.now() - m_begun - m_keeper.m_waited;
        co_await clock.sleep(
            std::clamp<Duration>(took * (kShareOfTime - 1), Duration::zero(), kLongestRest));
        m_begun = clock.now();
        m_keeper.m_waited = Duration::zero();
        co_return ok();
    }

    std::uint64_t unreadable = 0;
    std::uint64_t repaired = 0;

private:
    Keeper& m_keeper;
    TimePoint m_begun;
};

Keeper::Keeper(Parts parts)
    : m_parts(std::move(parts)), m_immutables(std::make_unique<Immutables>(*this)),
      m_mutables(std::make_unique<Mutables>(*this)), m_wake(m_parts.engine), m_tasks(m_parts.engine)
{
}

Keeper::~Keeper() = default;

void Keeper::start()
{
    m_tasks.spawn(run());
}

asio::awaitable<void> Keeper::stop()
{
    m_tasks.cancel();
    co_await m_tasks.join();
}

void Keeper::look()
{
    m_asked = true;
    m_wake.notifyAll();
}

asio::awaitable<void> Keeper::run()
{
    co_await load();
    co_await m_parts.clock.sleep(kFirst);
    while (true) {
        const Result<void> done = co_await round();
        if (!done && done.error().code() == ErrorCode::Cancelled) co_return;
        m_report.problem = done ? std::string() : done.error().text();
        if (!done)
            TARN_LOG(Info, Storage, "own files were not looked after", {"error", m_report.problem});
        m_parts.changed();
        co_await waitUntilDue();
    }
}

asio::awaitable<void> Keeper::waitUntilDue()
{
    using namespace asio::experimental::awaitable_operators;
    while (true) {
        const TimePoint now = m_parts.clock.now();
        const TimePoint whole = m_lastWhole ? *m_lastWhole + kEvery : m_lastTry + kFirst;
        const TimePoint soon = m_lastTry + kSoon;
        if (now >= whole || (m_asked && now >= soon)) co_return;
        asio::awaitable<void> pause =
            m_parts.clock.sleep((m_asked ? std::min(soon, whole) : whole) - now);
        asio::awaitable<void> news = m_wake.wait();
        if (m_asked) {
            co_await std::move(pause);
        } else {
            co_await (std::move(pause) || std::move(news));
        }
    }
}

asio::awaitable<Result<void>> Keeper::round()
{
    const TimePoint now = m_parts.clock.now();
    m_lastTry = now;
    auto job = [this] { return m_parts.dir.readPrivateText(kRootFile); };
    TARN_CO_TRY(const Secret root, co_await runOn(m_parts.diskPool, job));
    m_asked = false;
    m_whole = !m_lastWhole || now - *m_lastWhole >= kEvery;
    m_patience = m_whole ? kPatience : kShortPatience;
    m_waited = Duration::zero();
    m_met.clear();
    m_unkept.clear();
    Walk walk(*this);
    const gateway::TraversalParts parts{m_parts.directories, *m_mutables, *m_immutables};
    gateway::TraversalOptions options;
    options.check = gateway::NodeCheck::CheckAndRepair;
    options.how = withLease();
    options.listingsAtOnce = 1;
    options.checksAtOnce = 1;
    std::string start(asText(root.view()));
    TARN_CO_TRY_VOID(co_await gateway::traverse(parts, std::move(start), options, walk));
    m_lastTry = m_parts.clock.now();
    m_report.repaired += walk.repaired;
    if (!m_whole) {
        summarize(); // files that were just written again may be with fewer than before
        if (walk.repaired > 0) co_await save();
        co_return ok();
    }
    m_lastWhole = m_lastTry;
    if (walk.unreadable == 0) m_sightings.keepOnly(m_met);
    std::erase_if(m_refusals, [now](const auto& entry) { return entry.second.until <= now; });
    Sightings::Round last;
    last.at = m_parts.clock.wallNow();
    last.unreadable = walk.unreadable + m_unkept.size();
    m_sightings.noteRound(last);
    summarize();
    TARN_LOG(Info, Storage, "own files were looked after", {"files", m_report.summary.files},
             {"result", safetySentence(m_report.summary, m_report.members)});
    co_await save();
    co_return ok();
}

/// Whoever transfers on and on does not keep his files from being looked after.
asio::awaitable<void> Keeper::waitForQuiet()
{
    while (m_patience > Duration::zero() && m_parts.busy()) {
        const Duration step = std::min(kLookForQuiet, m_patience);
        co_await m_parts.clock.sleep(step);
        m_patience -= step;
        m_waited += step;
    }
}

std::unique_ptr<Movements::Running> Keeper::beginRepair(const CheckResult& before) const
{
    control::TransferView shown;
    shown.kind = "repair";
    shown.index = before.storageIndex;
    return m_parts.movements.begin(std::move(shown));
}

/// What the last whole round came to, as it stands now.
void Keeper::summarize()
{
    const std::optional<Sightings::Round>& round = m_sightings.round();
    if (!round) return;
    const std::set<std::string> members = m_parts.members();
    m_report.checked = round->at;
    m_report.members = members.size();
    m_report.summary = m_sightings.summary(members, m_parts.clock.wallNow());
    m_report.summary.unreadable = round->unreadable;
}

/// What was seen before this start counts as it did then.
asio::awaitable<void> Keeper::load()
{
    auto job = [this] { return readSightingsBlocking(m_parts.dir); };
    m_sightings = co_await runOn(m_parts.diskPool, job);
    summarize();
    m_parts.changed();
}

asio::awaitable<void> Keeper::save()
{
    auto job = [this, text = m_sightings.text()] {
        return writeSightingsBlocking(m_parts.dir, text);
    };
    const Result<void> saved = co_await runOn(m_parts.diskPool, std::move(job));
    if (!saved)
        TARN_LOG(Warning, Storage, "what was seen of own files is not on disk",
                 {"error", saved.error().text()});
}

void Keeper::note(const CheckResult& result, bool isMutable)
{
    ShareHolders holders;
    for (const auto& [share, servers] : result.shareMap)
        for (const std::string& server : servers)
            holders[server].insert(share);
    if (result.sharesNeeded == 0 || result.sharesNeeded > result.sharesExpected) return;
    m_met.insert(result.storageIndex);
    Sightings::What what;
    what.index = result.storageIndex;
    // Where nothing was found, what was seen before still stands.
    if (isMutable)
        what.version = holders.empty() ? m_sightings.versionOf(what.index) : versionOf(result);
    what.needed = result.sharesNeeded;
    what.total = result.sharesExpected;
    const bool kept =
        m_sightings.see(what, result.serversResponding, holders, m_parts.clock.wallNow());
    if (!kept) m_unkept.insert(result.storageIndex);
}

bool Keeper::worthRepairing(const CheckResult& result) const
{
    if (!result.recoverable || m_parts.onTheWay(result.storageIndex)) return false;
    const ShareHolders holders =
        m_sightings.holdersOf(result.storageIndex, m_parts.members(), m_parts.clock.wallNow());
    return mayVanish(holders, result.sharesNeeded) + static_cast<int>(result.sharesNeeded) <
           static_cast<int>(happyFor(result));
}

/// What members have who do not answer and count all the same: it is not made anew.
ShareHolders Keeper::asleep(const CheckResult& result) const
{
    ShareHolders out =
        m_sightings.holdersOf(result.storageIndex, m_parts.members(), m_parts.clock.wallNow());
    std::erase_if(out, [&result](const auto& holder) {
        return result.serversResponding.contains(holder.first);
    });
    return out;
}

/// Members that answer have what they should: only shares that nobody has any more would help.
bool Keeper::worthWriting(const CheckResult& result) const
{
    if (!worthRepairing(result) || !mayRewrite(result)) return false;
    std::set<ShareNumber> known;
    for (const auto& [member, shares] :
         m_sightings.holdersOf(result.storageIndex, m_parts.members(), m_parts.clock.wallNow()))
        known.insert(shares.begin(), shares.end());
    return known.size() < result.sharesExpected;
}

/// As the owner wants it of new files, where this one is like them.
std::uint32_t Keeper::happyFor(const CheckResult& result) const
{
    const gateway::EncodingParameters wanted = m_parts.encoding();
    const bool alike =
        wanted.needed == result.sharesNeeded && wanted.total == result.sharesExpected;
    return alike ? wanted.happy : (result.sharesExpected + result.sharesNeeded + 1) / 2;
}

bool Keeper::maySpread(const CheckResult& result) const
{
    std::set<std::string> empty = withNothing(result);
    const std::set<std::string> members = m_parts.members();
    std::erase_if(empty, [&members](const auto& id) { return !members.contains(id); });
    const auto refusal = m_refusals.find(result.storageIndex);
    if (refusal != m_refusals.end() && refusal->second.until > m_parts.clock.now())
        for (const std::string& id : refusal->second.members)
            empty.erase(id);
    return !empty.empty();
}

bool Keeper::mayRewrite(const CheckResult& result) const
{
    const auto refusal = m_refusals.find(result.storageIndex);
    if (refusal == m_refusals.end() || refusal->second.until <= m_parts.clock.now()) return true;
    const std::set<std::string>& then = refusal->second.members;
    return !std::includes(then.begin(), then.end(), result.serversResponding.begin(),
                          result.serversResponding.end());
}

void Keeper::noteRewrite(const CheckResult& after)
{
    m_refusals.erase(after.storageIndex);
    if (!worthRepairing(after)) return;
    Refusal& refusal = m_refusals[after.storageIndex];
    refusal.members = after.serversResponding;
    refusal.until = m_parts.clock.now() + kRefusalHolds;
}

void Keeper::noteSpread(const CheckResult& before, const CheckResult& after)
{
    const std::set<std::string> wanting = withNothing(before);
    std::set<std::string> empty = withNothing(after);
    std::erase_if(empty, [&wanting](const auto& id) { return !wanting.contains(id); });
    m_refusals.erase(before.storageIndex);
    if (empty.empty()) return;
    Refusal& refusal = m_refusals[before.storageIndex];
    refusal.members = std::move(empty);
    refusal.until = m_parts.clock.now() + kRefusalHolds;
}

} // namespace tarn::profiles
