#include "core/net/tls_bio.h"

#include <openssl/bio.h>

#include <vector>

namespace tarn::net {

namespace {

/// Freed send buffers wait here for the next write of any connection of this thread.
constexpr std::size_t kSpareBuffers = 4;
constexpr std::size_t kBufferBytes = 84 * 1024;

std::vector<Bytes>& spareBuffers()
{
    thread_local std::vector<Bytes> spares;
    return spares;
}

Bytes borrowBuffer()
{
    std::vector<Bytes>& spares = spareBuffers();
    Bytes buffer;
    if (spares.empty()) {
        buffer.reserve(kBufferBytes);
    } else {
        buffer = std::move(spares.back());
        spares.pop_back();
    }
    return buffer;
}

void returnBuffer(Bytes buffer)
{
    std::vector<Bytes>& spares = spareBuffers();
    if (spares.size() >= kSpareBuffers || buffer.capacity() > 2 * kBufferBytes) return;
    buffer.clear();
    spares.push_back(std::move(buffer));
}

TlsWire& wireOf(BIO* bio)
{
    return *static_cast<TlsWire*>(BIO_get_data(bio));
}

int bioRead(BIO* bio, char* into, std::size_t size, std::size_t* got)
{
    TlsWire& wire = wireOf(bio);
    BIO_clear_retry_flags(bio);
    *got = 0;
    if (wire.flooded()) return 0;
    wire.lastReceive =
        wire.io.tryReceive(MutableByteView(reinterpret_cast<std::byte*>(into), size));
    switch (wire.lastReceive.state) {
    case SocketAttempt::State::Moved:
        *got = wire.lastReceive.bytes;
        wire.withoutContent += *got;
        return 1;
    case SocketAttempt::State::WouldBlock:
        BIO_set_retry_read(bio);
        return 0;
    case SocketAttempt::State::End:
    case SocketAttempt::State::Failed:
        break;
    }
    return 0;
}

int bioWrite(BIO* bio, const char* from, std::size_t size, std::size_t* taken)
{
    BIO_clear_retry_flags(bio);
    wireOf(bio).out.append(ByteView(reinterpret_cast<const std::byte*>(from), size));
    *taken = size;
    return 1;
}

long bioControl(BIO* bio, int command, long /*number*/, void* /*pointer*/)
{
    if (command == BIO_CTRL_FLUSH) return 1;
    if (command == BIO_CTRL_EOF)
        return wireOf(bio).lastReceive.state == SocketAttempt::State::End ? 1 : 0;
    return 0;
}

BIO_METHOD* makeMethod()
{
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "tarn socket");
    TARN_ASSERT(method != nullptr);
    BIO_meth_set_read_ex(method, bioRead);
    BIO_meth_set_write_ex(method, bioWrite);
    BIO_meth_set_ctrl(method, bioControl);
    return method;
}

} // namespace

void RecordBuffer::append(ByteView records)
{
    if (m_bytes.capacity() == 0) m_bytes = borrowBuffer();
    tarn::append(m_bytes, records);
}

void RecordBuffer::consume(std::size_t count)
{
    m_begin += count;
    if (m_begin >= m_bytes.size()) clear();
}

void RecordBuffer::clear()
{
    m_begin = 0;
    if (m_bytes.capacity() > 0) returnBuffer(std::exchange(m_bytes, Bytes()));
}

BIO* makeTlsBio(TlsWire& wire)
{
    // One for the process, never freed.
    static BIO_METHOD* const method = makeMethod();
    BIO* bio = BIO_new(method);
    if (!bio) return nullptr;
    BIO_set_data(bio, &wire);
    BIO_set_init(bio, 1);
    return bio;
}

} // namespace tarn::net
