// requests_under_way: the requests that handlers are at, so that those who wait for what may never
// come can be answered. Engine thread.
#pragma once

#include "core/net/http_server.h"
#include "core/node/request_counts.h"

#include <boost/intrusive/list.hpp>

#include <string>

namespace tarn::storage {

class RequestsUnderWay
{
public:
    /// One request, for as long as its handler is at it. Must not outlive the RequestsUnderWay.
    class Place : public boost::intrusive::list_base_hook<
                      boost::intrusive::link_mode<boost::intrusive::auto_unlink>>
    {
    public:
        Place(RequestsUnderWay& all, net::ServerExchange& exchange,
              tarn::node::CountedRequest& counted)
            : m_exchange(exchange), m_counted(counted)
        {
            all.m_places.push_back(*this);
        }

    private:
        friend class RequestsUnderWay;

        net::ServerExchange& m_exchange;
        tarn::node::CountedRequest& m_counted;
    };

    /// Answers all requests whose handlers have been waiting for something else than their client
    /// for as long as `least`, and counts them with this status.
    /// \return how many.
    std::size_t giveUp(Duration least, unsigned status, const std::string& text);

private:
    boost::intrusive::list<Place, boost::intrusive::constant_time_size<false>> m_places;
};

} // namespace tarn::storage
