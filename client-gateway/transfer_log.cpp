#include "client-gateway/transfer_log.h"

namespace tarn::gateway {

std::string_view nameOf(RequestKind kind)
{
    switch (kind) {
    case RequestKind::Query:
        return "query";
    case RequestKind::Allocate:
        return "allocate";
    case RequestKind::Read:
        return "read";
    case RequestKind::Abort:
        return "abort";
    case RequestKind::Write:
        break;
    }
    return "write";
}

void TransferLog::computed(std::string what, TimePoint begun)
{
    computations.add({std::move(what), begun, now()});
}

RequestNote::RequestNote(TransferLogPtr log, RequestKind kind, std::string serverId,
                         std::vector<ShareNumber> shares, ByteRange range)
    : m_log(std::move(log))
{
    if (!m_log) return;
    ServerRequest request;
    request.kind = kind;
    request.serverId = std::move(serverId);
    request.shares = std::move(shares);
    request.range = range;
    request.sent = m_log->now();
    m_number = m_log->requests.add(std::move(request));
}

RequestNote::~RequestNote()
{
    end(0, "cancelled");
}

void RequestNote::answered(std::uint64_t bytes)
{
    end(bytes, {});
}

void RequestNote::found(std::vector<ShareNumber> shares)
{
    ServerRequest* request = m_log ? m_log->requests.find(m_number) : nullptr;
    if (request) request->shares = std::move(shares);
    end(0, {});
}

void RequestNote::failed(std::string why)
{
    end(0, std::move(why));
}

void RequestNote::end(std::uint64_t bytes, std::string failure)
{
    ServerRequest* request = m_log ? m_log->requests.find(m_number) : nullptr;
    if (!request || request->finished) return;
    request->finished = m_log->now();
    request->received = bytes;
    request->failure = std::move(failure);
}

SegmentNote::SegmentNote(TransferLogPtr log, SegmentWork work) : m_log(std::move(log))
{
    if (!m_log) return;
    work.begun = m_log->now();
    m_number = m_log->segments.add(work);
}

SegmentNote::~SegmentNote()
{
    SegmentWork* work = m_log ? m_log->segments.find(m_number) : nullptr;
    if (!work) return;
    work->finished = m_log->now();
    work->failed = !m_good;
}

void SegmentNote::decoded(TimePoint begun)
{
    SegmentWork* work = m_log ? m_log->segments.find(m_number) : nullptr;
    if (!work) return;
    work->decoding += m_log->now() - begun;
    m_log->computed("decode", begun);
}

void SegmentNote::succeeded()
{
    m_good = true;
}

} // namespace tarn::gateway
