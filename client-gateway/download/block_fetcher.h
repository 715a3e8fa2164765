// block_fetcher: gets the same segments' blocks from any k shares, racing and replacing servers
// that are slow, dead or lying.
#pragma once

#include "client-gateway/download/share_reader.h"

#include <functional>
#include <memory>
#include <vector>

namespace tarn::gateway {

struct FetchSettings
{
    FinderSettings finder;
    Duration readDeadline = std::chrono::seconds(60); ///< for one range
    Duration firstPatience = std::chrono::seconds(2); ///< no share has come yet: ask another one
    Duration leastPatience = std::chrono::milliseconds(300);
    unsigned patienceFactor = 3; ///< times what the quicker shares took, then another one is asked
};

/// Blocks of k distinct shares for one run of segments.
struct BlockSet
{
    std::vector<FetchedBlocks> shares;
    std::vector<std::shared_ptr<ShareReader>> readers; ///< of the same entries
};

/// Engine thread. Knows every share found so far and how it has behaved; kept as long as the file
/// is open. Fetches may overlap.
class BlockFetcher
{
public:
    /// \param servers  all, best first.
    BlockFetcher(const asio::any_io_executor& engine, Clock& clock, FetchSettings settings,
                 std::shared_ptr<FileKnowledge> file, std::vector<ServerPtr> servers);
    ~BlockFetcher();

    /// Opens k distinct shares; afterwards file->proof is there.
    /// \return NoShares, NotEnoughShares: the message names what was found where.
    asio::awaitable<Result<void>> open();

    /// Blocks of k distinct shares; errors as open().
    /// \param have  shares whose blocks need not be fetched (again).
    asio::awaitable<Result<BlockSet>> fetch(pipeline::SegmentSpan segments,
                                            std::set<ShareNumber> have);

    /// Makes the ciphertext hashes of these segments known, from any open share.
    asio::awaitable<Result<void>> proveSegments(pipeline::SegmentSpan segments);

    /// Takes the share out of use; its server is told when it is corrupt.
    void reject(ShareReader& reader, const Error& why);

    const std::vector<std::shared_ptr<ShareReader>>& readers() const;
    const ShareFinder& finder() const { return *m_finder; }

private:
    struct Race;
    struct Arrival;
    using Operation =
        std::function<asio::awaitable<Result<FetchedBlocks>>(std::shared_ptr<ShareReader>)>;

    asio::awaitable<Result<std::vector<Arrival>>> race(Operation operation,
                                                       std::set<ShareNumber> have);
    static asio::awaitable<void> run(std::shared_ptr<Race> race, Operation operation,
                                     std::shared_ptr<ShareReader> reader);
    static asio::awaitable<void> look(std::shared_ptr<Race> race,
                                      std::shared_ptr<ShareFinder> finder, std::size_t distinct,
                                      std::size_t copies);
    void collect(Race& race);
    bool startOne(const std::shared_ptr<Race>& race, TaskGroup& group, const Operation& operation);
    void markSlow(Race& race);
    Duration patience(const Race& race) const;
    std::shared_ptr<ShareReader> choose(const Race& race) const;
    void adoptFound();
    Error notEnough() const;

    asio::any_io_executor m_engine;
    Clock& m_clock;
    FetchSettings m_settings;
    std::shared_ptr<FileKnowledge> m_file;
    std::shared_ptr<ShareFinder> m_finder; ///< shared with queries that are being cancelled
    Duration m_usual{};                    ///< how long the slowest share of the last fetch took
    std::vector<std::shared_ptr<ShareReader>> m_readers; ///< one per entry of m_finder->found()
};

} // namespace tarn::gateway
