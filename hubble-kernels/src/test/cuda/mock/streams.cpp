// SPDX-License-Identifier: Apache-2.0
//
// Streams, events and graphs. Work runs at the call; with HUBBLE_MOCK_LAZY=1 as late as allowed, when somebody waits for it,
// so that a missing wait shows as NaN or as old numbers.
#include <algorithm>
#include <chrono>

#include "driver.h"

using namespace mock;

namespace mock {

static double now() {
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

Stream* stream_of(void* handle) {
  // 0, 1 and 2 are the default streams' handles.
  return (uintptr_t)handle <= 2 ? &driver().default_stream : alive<Stream>(handle, STREAM);
}

void finish(Stream* s) {
  while (!s->pending.empty()) {
    std::vector<Work> work;
    work.swap(s->pending);
    for (auto& w : work) {
      w();
    }
  }
}

void finish_all() {
  finish(&driver().default_stream);
  for (auto* o : driver().live) {
    if (o->kind == STREAM) {
      finish(static_cast<Stream*>(o));
    }
  }
}

int submit(Stream* s, Work work) {
  s->asked += !s->capture;
  if (s->capture) {
    s->capture->nodes.push_back(std::move(work));
  } else if (driver().lazy) {
    s->pending.push_back(std::move(work));
  } else {
    work();
  }
  return SUCCESS;
}

// Calls f(stream) for every living one.
template <class F>
static void each_stream(F f) {
  f(driver().default_stream);
  for (auto* o : driver().live) {
    if (o->kind == STREAM) {
      f(*static_cast<Stream*>(o));
    }
  }
}
bool unawaited() {
  bool any = false;
  each_stream([&](const Stream& s) { any |= s.asked > s.awaited; });
  return any;
}
void all_awaited() {
  each_stream([](Stream& s) { s.awaited = s.asked; });
}

void bury(Object* object) {
  driver().live.erase(object);
  delete object;
}

}  // namespace mock

// ---- streams ----

MOCK_API cuStreamCreate(void** stream, unsigned) {
  ENTER("cuStreamCreate", CONTEXT);
  *stream = born(new Stream);
  return SUCCESS;
}
MOCK_API cuStreamCreateWithPriority(void** stream, unsigned flags, int) { return cuStreamCreate(stream, flags); }
MOCK_API cuStreamDestroy_v2(void* stream) {
  ENTER("cuStreamDestroy", INIT);
  Stream* s = alive<Stream>(stream, STREAM);
  if (!s) {
    return wrong("cuStreamDestroy", INVALID_HANDLE, "not a living stream");
  }
  finish(s);
  bury(s);
  return driver().sticky;
}
MOCK_API cuStreamSynchronize(void* stream) {
  ENTER("cuStreamSynchronize", CONTEXT);
  Stream* s = stream_of(stream);
  if (!s) {
    return wrong("cuStreamSynchronize", INVALID_HANDLE, "not a living stream");
  }
  if (s->capture) {
    return wrong("cuStreamSynchronize", STREAM_CAPTURE_UNSUPPORTED, "the stream is being captured");
  }
  finish(s);
  s->awaited = s->asked;
  return driver().sticky;
}
MOCK_API cuStreamQuery(void* stream) {
  ENTER("cuStreamQuery", CONTEXT);
  Stream* s = stream_of(stream);
  return !s ? INVALID_HANDLE : s->pending.empty() ? SUCCESS : NOT_READY;
}
MOCK_API cuStreamWaitEvent(void* stream, void* event, unsigned) {
  ENTER("cuStreamWaitEvent", CONTEXT);
  if (!stream_of(stream) || !alive<Event>(event, EVENT)) {
    return INVALID_HANDLE;
  }
  finish_all();
  return SUCCESS;
}
MOCK_API cuLaunchHostFunc(void* stream, void (*function)(void*), void* data) {
  ENTER("cuLaunchHostFunc", CONTEXT);
  Stream* s = stream_of(stream);
  return s ? submit(s, [=] { function(data); }) : INVALID_HANDLE;
}

// ---- events ----

MOCK_API cuEventCreate(void** event, unsigned) {
  ENTER("cuEventCreate", CONTEXT);
  *event = born(new Event);
  return SUCCESS;
}
MOCK_API cuEventRecord(void* event, void* stream) {
  ENTER("cuEventRecord", CONTEXT);
  Event* e = alive<Event>(event, EVENT);
  Stream* s = stream_of(stream);
  if (!e || !s) {
    return wrong("cuEventRecord", INVALID_HANDLE, "not a living event or stream");
  }
  e->recorded = true;
  e->done = false;
  e->stream = s;
  e->behind = s->asked + 1;
  return submit(s, [e] {
    if (driver().live.count(e)) {
      e->done = true;
      e->milliseconds = now();
    }
  });
}
MOCK_API cuEventRecordWithFlags(void* event, void* stream, unsigned) { return cuEventRecord(event, stream); }
MOCK_API cuEventSynchronize(void* event) {
  ENTER("cuEventSynchronize", CONTEXT);
  Event* e = alive<Event>(event, EVENT);
  if (!e) {
    return wrong("cuEventSynchronize", INVALID_HANDLE, "not a living event");
  }
  finish_all();
  if (e->stream && (e->stream == &driver().default_stream || alive<Stream>(e->stream, STREAM))) {
    e->stream->awaited = std::max(e->stream->awaited, e->behind);
  }
  return driver().sticky;
}
MOCK_API cuEventQuery(void* event) {
  ENTER("cuEventQuery", CONTEXT);
  Event* e = alive<Event>(event, EVENT);
  return !e ? INVALID_HANDLE : !e->recorded || e->done ? SUCCESS : NOT_READY;
}
MOCK_API cuEventElapsedTime_v2(float* milliseconds, void* from, void* to) {
  ENTER("cuEventElapsedTime", CONTEXT);
  Event *a = alive<Event>(from, EVENT), *b = alive<Event>(to, EVENT);
  if (!a || !b || !a->recorded || !b->recorded) {
    return wrong("cuEventElapsedTime", INVALID_HANDLE, "an event that was not recorded");
  }
  if (!a->done || !b->done) {
    return NOT_READY;
  }
  *milliseconds = (float)(b->milliseconds - a->milliseconds);
  return SUCCESS;
}
MOCK_API cuEventElapsedTime(float* milliseconds, void* from, void* to) { return cuEventElapsedTime_v2(milliseconds, from, to); }
MOCK_API cuEventDestroy_v2(void* event) {
  ENTER("cuEventDestroy", INIT);
  Event* e = alive<Event>(event, EVENT);
  if (!e) {
    return wrong("cuEventDestroy", INVALID_HANDLE, "not a living event");
  }
  bury(e);
  return driver().sticky;
}

// ---- graphs ----

MOCK_API cuStreamBeginCapture_v2(void* stream, int) {
  ENTER("cuStreamBeginCapture", CONTEXT);
  Stream* s = stream_of(stream);
  if (!s || s == &driver().default_stream) {
    return wrong("cuStreamBeginCapture", s ? STREAM_CAPTURE_UNSUPPORTED : INVALID_HANDLE, "only a stream of one's own can be captured");
  }
  if (s->capture) {
    return wrong("cuStreamBeginCapture", INVALID_VALUE, "the stream is being captured already");
  }
  s->capture = std::make_unique<Graph>();
  return SUCCESS;
}
MOCK_API cuStreamIsCapturing(void* stream, int* status) {
  ENTER("cuStreamIsCapturing", CONTEXT);
  Stream* s = stream_of(stream);
  *status = s && s->capture ? 1 : 0;
  return s ? SUCCESS : INVALID_HANDLE;
}
MOCK_API cuStreamEndCapture(void* stream, void** graph) {
  std::lock_guard<std::recursive_mutex> guard(lock());
  Stream* s = stream_of(stream);
  *graph = nullptr;
  auto captured = s ? std::move(s->capture) : nullptr;  // capture ends even if the call fails
  if (int failed = enter("cuStreamEndCapture", CONTEXT)) {
    return failed;
  }
  if (!captured) {
    return wrong("cuStreamEndCapture", INVALID_VALUE, "the stream is not being captured");
  }
  *graph = born(captured.release());
  return SUCCESS;
}
MOCK_API cuGraphInstantiateWithFlags(void** executable, void* graph, unsigned long long) {
  ENTER("cuGraphInstantiate", CONTEXT);
  Graph* g = alive<Graph>(graph, GRAPH);
  if (!g) {
    return wrong("cuGraphInstantiate", INVALID_HANDLE, "not a living graph");
  }
  auto* e = born(new Graph(GRAPH_EXEC));
  e->nodes = g->nodes;
  *executable = e;
  return SUCCESS;
}
MOCK_API cuGraphUpload(void* executable, void*) {
  ENTER("cuGraphUpload", CONTEXT);
  return alive<Graph>(executable, GRAPH_EXEC) ? SUCCESS : INVALID_HANDLE;
}
MOCK_API cuGraphLaunch(void* executable, void* stream) {
  ENTER("cuGraphLaunch", CONTEXT);
  Graph* g = alive<Graph>(executable, GRAPH_EXEC);
  Stream* s = stream_of(stream);
  if (!g || !s) {
    return wrong("cuGraphLaunch", INVALID_HANDLE, "not a living graph or stream");
  }
  for (auto& node : g->nodes) {
    submit(s, node);
  }
  return driver().sticky;
}
MOCK_API cuGraphGetNodes(void* graph, void** nodes, size_t* count) {
  ENTER("cuGraphGetNodes", CONTEXT);
  Graph* g = alive<Graph>(graph, GRAPH);
  if (!g || nodes) {
    return g ? NOT_SUPPORTED : INVALID_HANDLE;
  }
  *count = g->nodes.size();
  return SUCCESS;
}
MOCK_API cuGraphDestroy(void* graph) {
  ENTER("cuGraphDestroy", INIT);
  Graph* g = alive<Graph>(graph, GRAPH);
  if (!g) {
    return wrong("cuGraphDestroy", INVALID_HANDLE, "not a living graph");
  }
  bury(g);
  return driver().sticky;
}
MOCK_API cuGraphExecDestroy(void* executable) {
  ENTER("cuGraphExecDestroy", INIT);
  Graph* g = alive<Graph>(executable, GRAPH_EXEC);
  if (!g) {
    return wrong("cuGraphExecDestroy", INVALID_HANDLE, "not a living graph");
  }
  bury(g);
  return driver().sticky;
}
