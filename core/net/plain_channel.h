// plain_channel: a stream as it is, without encryption: loopback web API, proxies, tests.
#pragma once

#include "core/net/channel.h"
#include "core/net/socket_io.h"

#include <memory>

namespace tarn::net {

class PlainChannel final : public Channel
{
public:
    PlainChannel(Stream stream, Clock& clock);

    asio::awaitable<Result<std::size_t>> readSome(MutableByteView into) override;
    asio::awaitable<Result<void>> write(std::span<const ByteView> pieces) override;
    void expireAt(TimePoint when) override { m_io.expireAt(when); }
    void releaseBuffers() override {}
    bool quiet() override;
    asio::awaitable<Result<void>> endWriting() override;
    void close() override { m_io.close(); }
    void abort() override { m_io.abort(); }
    void acknowledgeAtOnce(bool on) override { m_io.acknowledgeAtOnce(on); }
    const std::string& peer() const override { return m_io.peer(); }

private:
    SocketIo m_io;
};

} // namespace tarn::net
