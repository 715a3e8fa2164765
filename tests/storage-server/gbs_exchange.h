// gbs_exchange: raw GBS requests to an HttpService over a plain connection, in virtual time.
#pragma once

#include "storage-server/http_service.h"
#include "tests/support/fake_clock.h"

#include <functional>

namespace tarn::test {

struct RawRequest
{
    net::RequestHead head;
    Bytes body;
};

struct RawAnswer
{
    net::ResponseHead head;
    Bytes body;
};

/// A service, a connection to it, and requests one after the other.
class GbsExchange
{
public:
    GbsExchange(storage_api::ShareStore& store, FakeClock& clock,
                storage::HttpServiceConfig config);

    Result<RawAnswer> send(RawRequest request);
    storage::HttpService& service() { return m_service; }
    WorkPool& pool() { return *m_pool; }

private:
    FakeClock& m_clock;
    std::unique_ptr<WorkPool> m_pool;
    storage::HttpService m_service;
};

/// With the Authorization of `swissnum`.
RawRequest rawRequest(std::string method, std::string target, std::string_view swissnum);

} // namespace tarn::test
