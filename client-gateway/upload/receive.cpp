#include "client-gateway/upload/receive.h"

#include "core/crypto/key_derivation.h"
#include "core/share/segmentation.h"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <optional>

namespace tarn::gateway {

namespace {

/// The first piece is small, so that small files cost little; the others are worth a pool hop.
constexpr std::size_t kFirstPieceBytes = 64 * 1024;
constexpr std::size_t kPieceBytes = 1024 * 1024;

struct Piece
{
    Bytes data;
    bool last = false;
};

/// As many bytes as asked for, fewer only at the end of the source.
asio::awaitable<Result<Piece>> readPiece(UploadSource& source, std::size_t length,
                                         UploadStatus& status)
{
    Piece piece;
    piece.data.resize(length);
    std::size_t done = 0;
    while (done < length && !piece.last) {
        const MutableByteView rest = MutableByteView(piece.data).subspan(done);
        TARN_CO_TRY(const std::size_t got, co_await source.read(rest));
        piece.last = got == 0;
        done += got;
        status.received += got;
    }
    piece.data.resize(done);
    co_return piece;
}

/// Hashes the plaintext for the convergent key. The hash starts with the effective segment size,
/// which is known once the largest segment is full, or at the end; what came before is read back.
class KeyFinder
{
public:
    KeyFinder(ReceiveParts parts, const EncodingParameters& encoding, ByteView convergence)
        : m_parts(parts), m_encoding(encoding), m_convergence(convergence)
    {
    }

    /// Before `piece` is appended to `spool`.
    asio::awaitable<Result<void>> take(Spool& spool, ByteView piece)
    {
        if (!m_hasher) {
            if (spool.size() < m_encoding.segmentSize) co_return ok();
            TARN_CO_TRY_VOID(co_await begin(spool));
        }
        co_await hash(piece);
        co_return ok();
    }

    asio::awaitable<Result<FileKey>> finish(Spool& spool)
    {
        if (!m_hasher) TARN_CO_TRY_VOID(co_await begin(spool));
        co_return m_hasher->finish();
    }

private:
    asio::awaitable<Result<void>> begin(Spool& spool)
    {
        m_hasher.emplace(m_convergence,
                         crypto::ConvergenceTerms{m_encoding.needed, m_encoding.total,
                                                  effectiveSegmentSize(m_encoding, spool.size())});
        Bytes buffer(static_cast<std::size_t>(std::min<std::uint64_t>(spool.size(), kPieceBytes)));
        std::uint64_t at = 0;
        while (at < spool.size()) {
            const auto count =
                static_cast<std::size_t>(std::min<std::uint64_t>(spool.size() - at, buffer.size()));
            const MutableByteView part = MutableByteView(buffer).first(count);
            TARN_CO_TRY_VOID(co_await spool.read(at, part));
            co_await hash(part);
            at += count;
        }
        co_return ok();
    }

    asio::awaitable<void> hash(ByteView piece)
    {
        if (piece.size() <= kFirstPieceBytes) {
            m_hasher->update(piece);
            co_return;
        }
        auto update = [this, piece] {
            m_hasher->update(piece);
            return true;
        };
        co_await runOn(m_parts.cpu, update);
    }

    ReceiveParts m_parts;
    EncodingParameters m_encoding;
    ByteView m_convergence;
    std::optional<crypto::ConvergenceHasher> m_hasher;
};

asio::awaitable<Result<void>> keep(Spool& spool, KeyFinder* key, Bytes piece)
{
    if (key != nullptr) TARN_CO_TRY_VOID(co_await key->take(spool, piece));
    co_return co_await spool.append(std::move(piece));
}

asio::awaitable<Result<void>> receiveAll(Spool& spool, KeyFinder* key, UploadSource& source,
                                         UploadStatus& status)
{
    using namespace asio::experimental::awaitable_operators;
    TARN_CO_TRY(Piece piece, co_await readPiece(source, kFirstPieceBytes, status));
    while (!piece.last) {
        asio::awaitable<Result<void>> kept = keep(spool, key, std::move(piece.data));
        asio::awaitable<Result<Piece>> reading = readPiece(source, kPieceBytes, status);
        auto [keptResult, next] = co_await (std::move(kept) && std::move(reading));
        TARN_CO_TRY_VOID(std::move(keptResult));
        TARN_CO_TRY(piece, std::move(next));
    }
    if (piece.data.empty()) co_return ok();
    co_return co_await keep(spool, key, std::move(piece.data));
}

} // namespace

std::uint64_t effectiveSegmentSize(const EncodingParameters& encoding, std::uint64_t size)
{
    return share::roundUp(std::min(encoding.segmentSize, size), encoding.needed);
}

asio::awaitable<Result<ReceivedBody>> receiveBody(ReceiveParts parts, UploadSource& source,
                                                  EncodingParameters encoding, KeyChoice choice,
                                                  ByteView convergence, UploadStatus& status)
{
    ReceivedBody body;
    body.plaintext = std::make_unique<Spool>(parts.budget, parts.disk, parts.random);
    std::optional<KeyFinder> finder;
    if (choice == KeyChoice::Convergent) {
        finder.emplace(parts, encoding, convergence);
    } else {
        parts.random.fill(body.key.mutableView());
    }
    KeyFinder* key = finder ? &*finder : nullptr;
    TARN_CO_TRY_VOID(co_await receiveAll(*body.plaintext, key, source, status));
    body.segmentSize = effectiveSegmentSize(encoding, body.plaintext->size());
    if (finder) {
        TARN_CO_TRY(body.key, co_await finder->finish(*body.plaintext));
    }
    co_return body;
}

} // namespace tarn::gateway
