// share_streams: all shares of one new version on their way to their servers, side by side, while
// they are made. Each is written whole or not at all, and only where what was seen is still there.
// Source: spec of mutable files, section 7; allmydata.mutable.publish.
#pragma once

#include "client-gateway/mutable/share_sender.h"

namespace tarn::gateway {

/// Engine thread. One call at a time. Letting it go leaves shares that were not finished as they
/// were.
class ShareStreams
{
public:
    /// Several shares of one server take as many of its connections.
    static constexpr std::size_t kMostPerServer = 2;

    /// \param spots  where each share is written, in the order of its data.
    /// All referred to outlives it.
    ShareStreams(const MutableParts& parts, const Publication& what,
                 std::vector<storage_api::WriteSpot> spots, TransferLogPtr log);

    /// Begins with servers, with others where they fail; shares may stay without one.
    /// \return Unhappy: fewer than k found one.
    asio::awaitable<Result<void>> open();
    /// The next bytes of each share. A server that fails, or takes them too slowly, is given up.
    /// \param blocks  share after share.  \return Unhappy: fewer than k are left.
    asio::awaitable<Result<void>> write(ByteView blocks);
    /// \param tails  the last bytes of each share.
    /// \param check  check string of the new version.
    /// \return the shares that were written, and where.
    ///         Unhappy: fewer than k of them.  Conflict: a server showed somebody else's
    ///         writing; others may have taken their shares. Of a new file they are removed again.
    asio::awaitable<Result<std::vector<SeenShare>>> finish(const std::vector<Bytes>& tails,
                                                           Bytes check);

private:
    struct Line
    {
        ServerPtr server;
        ShareNumber share;
        Bytes specimen;
        std::unique_ptr<storage_api::ShareStream> stream;
        std::unique_ptr<RequestNote> note;
        bool surprised = false;
        bool written = false;
    };
    using Stream = std::unique_ptr<storage_api::ShareStream>;

    asio::awaitable<Result<void>> begin(Line& line);
    asio::awaitable<Result<Stream>> streamTo(Line& line);
    asio::awaitable<Result<void>> send(Line& line, ByteView data);
    asio::awaitable<Result<void>> end(Line& line, ByteView tail, const Bytes& check);
    void giveUp(Line& line, const Error& why);
    Result<void> requireEnough();
    std::set<ShareNumber> sharesOf(const std::string& serverId) const;

    const MutableParts& m_parts;
    const Publication& m_what;
    std::vector<storage_api::WriteSpot> m_spots;
    std::uint64_t m_shareBytes = 0;
    TransferLogPtr m_log;
    std::vector<std::unique_ptr<Line>> m_lines; ///< with a server that has not failed
    std::vector<ServerPtr> m_usable;
    std::string m_problems;
};

/// Whether no server would get more shares than it takes at a time, and none has to have its
/// own before others hear of the version.
bool mayStream(const MutableParts& parts, const Publication& what);

} // namespace tarn::gateway
