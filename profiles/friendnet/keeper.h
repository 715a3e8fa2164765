// keeper: goes through the owner's own files now and then, while nothing hurries: renews leases,
// looks where shares are, brings what friends missed, makes anew what was lost, and can say how
// many members may vanish. Engine thread. Source: core/doc/decisions/0062.
#pragma once

#include "client-gateway/dirs/traversal.h"
#include "client-gateway/upload/upload.h"
#include "core/base/executor.h"
#include "core/base/signal.h"
#include "core/base/task_group.h"
#include "core/node/state_dir.h"
#include "profiles/friendnet/movements.h"
#include "profiles/friendnet/sightings.h"

#include <functional>
#include <map>
#include <memory>

namespace tarn::profiles {

/// What the last whole round came to; of mutable files, every round.
struct KeeperReport
{
    std::optional<WallTime> checked; ///< when it ended, maybe before the start; absent: none has
    Sightings::Summary summary;
    std::size_t members = 0;
    std::uint64_t repaired = 0; ///< files, since the start
    std::string problem;        ///< why the last round did not end
};

class Keeper
{
public:
    /// A whole round begins so long after the last one.
    static constexpr Duration kEvery = std::chrono::hours(6);
    /// A member came: what it missed is brought after so long, if the last round is as long ago.
    static constexpr Duration kSoon = std::chrono::seconds(20);
    /// A whole round waits so long altogether for the owner's transfers to end.
    static constexpr Duration kPatience = std::chrono::hours(1);

    struct Parts
    {
        asio::any_io_executor engine;
        Clock& clock;
        WorkPool& diskPool;
        const node::StateDir& dir;
        gateway::DirectoryService& directories;
        gateway::MutableService& mutableFiles;
        gateway::ImmutableFiles& immutableFiles;
        std::function<std::set<std::string>()> members;         ///< ids; this node included
        std::function<bool(const std::string& index)> onTheWay; ///< shares wait in the outbox
        std::function<gateway::EncodingParameters()> encoding;  ///< of new files
        std::function<bool()> busy;                             ///< the owner's transfers run
        Movements& movements;
        std::function<void()> changed;
    };
    /// What `parts` refers to outlives it.
    explicit Keeper(Parts parts);
    ~Keeper();

    void start();
    asio::awaitable<void> stop();
    /// A member came, or how many shares files should have has changed.
    void look();
    const KeeperReport& report() const { return m_report; }

private:
    class Immutables;
    class Mutables;
    class Walk;

    asio::awaitable<void> run();
    asio::awaitable<void> waitUntilDue();
    asio::awaitable<Result<void>> round();
    /// Until the owner transfers nothing, or this round has waited long enough.
    asio::awaitable<void> waitForQuiet();
    std::unique_ptr<Movements::Running> beginRepair(const gateway::CheckResult& before) const;
    void summarize();
    asio::awaitable<void> load();
    asio::awaitable<void> save();
    void note(const gateway::CheckResult& result, bool isMutable);
    /// Whether too little was seen of it lately.
    bool worthRepairing(const gateway::CheckResult& result) const;
    /// The same of a mutable file that is spread over who answers.
    bool worthWriting(const gateway::CheckResult& result) const;
    ShareHolders asleep(const gateway::CheckResult& result) const;
    std::uint32_t happyFor(const gateway::CheckResult& result) const;
    /// Whether members that are there have nothing of a file and may take some now.
    bool maySpread(const gateway::CheckResult& result) const;
    /// Whether somebody is there who was not when a mutable file was last written again in vain.
    bool mayRewrite(const gateway::CheckResult& result) const;
    void noteRewrite(const gateway::CheckResult& after);
    void noteSpread(const gateway::CheckResult& before, const gateway::CheckResult& after);

    /// Who took nothing of a file when it was offered; of a mutable one, who was there.
    struct Refusal
    {
        std::set<std::string> members;
        TimePoint until{};
    };

    Parts m_parts;
    std::unique_ptr<Immutables> m_immutables; ///< a check that is cancelled may outlive its round
    std::unique_ptr<Mutables> m_mutables;     ///< the same
    Sightings m_sightings;
    std::map<std::string, Refusal> m_refusals; ///< by index
    KeeperReport m_report;
    std::set<std::string> m_met;    ///< indexes, in this round
    std::set<std::string> m_unkept; ///< of them, those that there was no room for
    bool m_whole = true;            ///< this round looks at immutable files, too
    bool m_asked = false;           ///< somebody came
    Duration m_patience{};          ///< what is left of it in this round
    Duration m_waited{};            ///< of it, since the last file
    TimePoint m_lastTry{};          ///< begin or end of a round
    std::optional<TimePoint> m_lastWhole;
    Signal m_wake;
    TaskGroup m_tasks;
};

} // namespace tarn::profiles
