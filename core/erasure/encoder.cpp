#include "core/erasure/encoder.h"

#include "core/erasure/gf256.h"

#include <algorithm>
#include <list>
#include <mutex>
#include <numeric>

namespace tarn::erasure {

namespace {

std::vector<ShareNumber> sharesFrom(unsigned begin, unsigned end)
{
    std::vector<ShareNumber> shares;
    for (unsigned i = begin; i < end; ++i)
        shares.push_back(ShareNumber{i});
    return shares;
}

std::shared_ptr<const MatrixProduct> parityMatrix(unsigned needed, unsigned total)
{
    const auto matrix = interpolationMatrix(sharesFrom(0, needed), sharesFrom(needed, total));
    return std::make_shared<MatrixProduct>(matrix, total - needed, needed);
}

/// The matrices of the codes used last: a gateway uses one or two, tests use many.
class MatrixCache
{
public:
    std::shared_ptr<const MatrixProduct> get(unsigned needed, unsigned total)
    {
        const std::lock_guard lock(m_mutex);
        const auto known = std::find_if(m_entries.begin(), m_entries.end(), [&](const Entry& e) {
            return e.needed == needed && e.total == total;
        });
        if (known != m_entries.end())
            m_entries.splice(m_entries.begin(), m_entries, known);
        else
            m_entries.push_front({needed, total, parityMatrix(needed, total)});
        if (m_entries.size() > kCapacity) m_entries.pop_back();
        return m_entries.front().matrix;
    }

private:
    struct Entry
    {
        unsigned needed;
        unsigned total;
        std::shared_ptr<const MatrixProduct> matrix; // at most 512 KiB
    };
    static constexpr std::size_t kCapacity = 8;

    std::mutex m_mutex;
    std::list<Entry> m_entries;
};

MatrixCache& matrixCache()
{
    static MatrixCache cache;
    return cache;
}

template <class Range>
Result<void> checkLengths(std::span<const Range> ranges, std::size_t count, std::size_t length,
                          const char* what)
{
    if (ranges.size() != count)
        return Error(ErrorCode::InvalidInput, std::string("wrong number of ") + what);
    for (const Range& range : ranges) {
        if (range.size() != length)
            return Error(ErrorCode::InvalidInput, std::string(what) + " of unequal length");
    }
    return ok();
}

} // namespace

Result<void> checkCode(std::uint64_t needed, std::uint64_t total)
{
    if (needed >= 1 && needed <= total && total <= kMaxShares) return ok();
    return Error(ErrorCode::InvalidInput, std::to_string(needed) + " of " + std::to_string(total) +
                                              " shares: must be 1 <= needed <= total <= 256");
}

Result<Encoder> Encoder::make(std::uint64_t needed, std::uint64_t total)
{
    TARN_TRY_VOID(checkCode(needed, total));
    const auto k = static_cast<unsigned>(needed);
    const auto n = static_cast<unsigned>(total);
    return Encoder(k, n, matrixCache().get(k, n));
}

Result<void> Encoder::encode(std::span<const ByteView> pieces, std::span<const ShareNumber> wanted,
                             std::span<const MutableByteView> out) const
{
    const std::size_t length = pieces.empty() ? 0 : pieces[0].size();
    TARN_TRY_VOID(checkLengths(pieces, m_needed, length, "pieces"));
    TARN_TRY_VOID(checkLengths(out, wanted.size(), length, "buffers"));

    std::vector<std::size_t> rows;
    std::vector<MutableByteView> parity;
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const std::uint32_t share = wanted[i].value;
        if (share >= m_total) return Error(ErrorCode::InvalidInput, "share number past the code");
        if (share < m_needed) {
            std::copy(pieces[share].begin(), pieces[share].end(), out[i].begin());
            continue;
        }
        rows.push_back(share - m_needed);
        parity.push_back(out[i]);
    }
    m_parity->apply(pieces, rows, parity);
    return ok();
}

Result<void> Encoder::encodeParity(std::span<const ByteView> pieces,
                                   std::span<const MutableByteView> out) const
{
    const std::size_t length = pieces.empty() ? 0 : pieces[0].size();
    TARN_TRY_VOID(checkLengths(pieces, m_needed, length, "pieces"));
    TARN_TRY_VOID(checkLengths(out, m_total - m_needed, length, "buffers"));
    std::vector<std::size_t> rows(out.size());
    std::iota(rows.begin(), rows.end(), std::size_t{0});
    m_parity->apply(pieces, rows, out);
    return ok();
}

} // namespace tarn::erasure
