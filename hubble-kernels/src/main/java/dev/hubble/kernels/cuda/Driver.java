// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.bytedeco.cuda.global.cudart.*;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.cuda.cudart.CUctx_st;
import org.bytedeco.cuda.cudart.CUevent_st;
import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUgraphExec_st;
import org.bytedeco.cuda.cudart.CUgraph_st;
import org.bytedeco.cuda.cudart.CUlaunchConfig;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.cudart.CUtensorMap;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerPointer;
import org.bytedeco.javacpp.SizeTPointer;
import org.jspecify.annotations.Nullable;

/// One GPU: its context, one stream, and every call to the CUDA driver that Hubble makes.
///
/// No other class touches JavaCPP. A call that fails throws a [dev.hubble.kernels.DeviceException]
/// that says which and what to do. [#close] gives back whatever was made and never throws. All work
/// goes to one stream, so that it is done in the order in which it was asked for. One thread at a
/// time.
final class Driver implements AutoCloseable {
  /// Slots of the argument block, of 8 bytes: more than any kernel takes.
  static final int MAX_ARGUMENTS = 64;

  /// Slots that a tensor map takes.
  static final int MAP = 16;

  // Kernels that take tensor maps take two, before everything else.
  private static final int MAPS = 2;
  private static final int SWIZZLE_128B = 3; // CU_TENSOR_MAP_SWIZZLE_128B
  private static final int PROMOTE_256B = 3; // CU_TENSOR_MAP_L2_PROMOTION_L2_256B

  private static final int MAJOR = 75; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR
  private static final int MINOR = 76;
  private static final int PROCESSORS = 16; // CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT
  private static final int SHARED_MEMORY = 97; // ..._MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
  private static final int DYNAMIC_SHARED_MEMORY = 8; // CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_...
  private static final int NON_BLOCKING = 1; // CU_STREAM_NON_BLOCKING
  private static final int THREAD_LOCAL = 1; // CU_STREAM_CAPTURE_MODE_THREAD_LOCAL
  private static final int CLUSTER_DIMENSION = 4; // CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION

  // What of a CUlaunchConfig and of its only CUlaunchAttribute is not an integer before, at which
  // byte.
  private static final int STREAM = 32;
  private static final int ATTRIBUTES = 40;
  private static final int ATTRIBUTE_COUNT = 48;
  private static final int ATTRIBUTE_VALUE = 8;

  private final int device;
  private final Arena arena = Arena.ofShared();
  // cuLaunchKernel copies the arguments at the call, so one block serves every launch.
  private final MemorySegment values = arena.allocate(8L * MAX_ARGUMENTS, 64);
  private final Table arguments = table(0);
  private final Table argumentsWithMaps = table(MAPS);
  private final MemorySegment map = arena.allocate(8L * MAP, 64);
  private final MemorySegment launchConfig = arena.allocate(56, 8);
  private final MemorySegment clusterAttribute = arena.allocate(72, 8);
  private final List<CUmod_st> modules = new ArrayList<>();
  private final List<Pointer> pinned = new ArrayList<>();
  private @Nullable CUctx_st context;
  private @Nullable CUstream_st stream;

  private Driver(int device) {
    this.device = device;
  }

  /// Where the arguments are, of which the first `maps` take a map's slots and the others one.
  private Table table(int maps) {
    var table = arena.allocate(8L * MAX_ARGUMENTS, 16);
    int slot = 0;
    for (int i = 0; slot < MAX_ARGUMENTS; i++) {
      table.setAtIndex(ValueLayout.ADDRESS, i, values.asSlice(8L * slot));
      slot += i < maps ? MAP : 1;
    }
    return new Table(table.address());
  }

  /// Opens GPU `ordinal`, which [Probe] has found.
  static Driver open(int ordinal) {
    var driver = new Driver(ordinal);
    try {
      driver.begin();
      return driver;
    } catch (RuntimeException | Error e) {
      driver.close();
      throw e;
    }
  }

  private void begin() {
    check(cuInit(0), "cuInit");
    var made = new CUctx_st();
    check(cuDevicePrimaryCtxRetain(made, device), "cuDevicePrimaryCtxRetain");
    context = made;
    enter();
    var ordered = new CUstream_st();
    check(cuStreamCreate(ordered, NON_BLOCKING), "cuStreamCreate");
    stream = ordered;
  }

  /// Makes the context current on the calling thread: whoever is about to call begins with it. Each
  /// time anew, for another library or another GPU may have taken the thread in between.
  void enter() {
    check(cuCtxSetCurrent(context), "cuCtxSetCurrent");
  }

  /// The stream's handle, for a library that is to work in it.
  long stream() {
    return stream == null ? 0 : stream.address();
  }

  // ---- what the GPU is ----

  /// `NVIDIA H100 80GB HBM3`
  String name() {
    byte[] text = new byte[256];
    check(cuDeviceGetName(text, text.length, device), "cuDeviceGetName");
    int end = 0;
    while (end < text.length && text[end] != 0) {
      end++;
    }
    return new String(text, 0, end, java.nio.charset.StandardCharsets.UTF_8);
  }

  /// The compute capability.
  Capability capability() {
    return new Capability(attribute(MAJOR), attribute(MINOR));
  }

  /// How many multiprocessors there are.
  int processors() {
    return attribute(PROCESSORS);
  }

  /// How much shared memory a block may have.
  int sharedMemory() {
    return attribute(SHARED_MEMORY);
  }

  private int attribute(int which) {
    int[] value = {0};
    check(cuDeviceGetAttribute(value, which, device), "cuDeviceGetAttribute");
    return value[0];
  }

  /// Bytes that are free on the GPU now, and bytes that it has.
  long[] memory() {
    try (var free = new SizeTPointer(1);
        var total = new SizeTPointer(1)) {
      check(cuMemGetInfo(free, total), "cuMemGetInfo");
      return new long[] {free.get(), total.get()};
    }
  }

  // ---- memory ----

  /// Device memory; its address.
  long allocate(long bytes) {
    long[] address = {0};
    check(cuMemAlloc(address, bytes), "cuMemAlloc");
    return address[0];
  }

  /// Gives device memory back, with which the GPU must be done: see [#await].
  void free(long address) {
    check(cuMemFree(address), "cuMemFree");
  }

  /// Gives device memory back at the end, when an error helps nobody.
  void forget(long address) {
    cuMemFree(address);
  }

  /// Host memory that the GPU can read by itself, until this driver is closed.
  @SuppressWarnings("restricted") // the driver has just given these bytes
  MemorySegment pinned(long bytes) {
    try (var at = new PointerPointer<Pointer>(1)) {
      check(cuMemHostAlloc(at, bytes, 0), "cuMemHostAlloc");
      var pointer = at.get();
      pinned.add(new At(pointer.address()));
      return MemorySegment.ofAddress(pointer.address()).reinterpret(bytes);
    }
  }

  /// Starts to copy pinned host memory to the device.
  void upload(long to, MemorySegment from, long bytes) {
    check(cuMemcpyHtoDAsync(to, new At(from.address()), bytes, stream), "cuMemcpyHtoDAsync");
  }

  /// Starts to copy device memory to pinned host memory.
  void download(MemorySegment to, long from, long bytes) {
    check(cuMemcpyDtoHAsync(new At(to.address()), from, bytes, stream), "cuMemcpyDtoHAsync");
  }

  /// Starts to copy within the device.
  void copy(long to, long from, long bytes) {
    check(cuMemcpyDtoDAsync(to, from, bytes, stream), "cuMemcpyDtoDAsync");
  }

  /// Starts to set every byte.
  void fill(long to, int value, long bytes) {
    check(cuMemsetD8Async(to, (byte) value, bytes, stream), "cuMemsetD8Async");
  }

  // ---- kernels ----

  /// A kernel that is on the device.
  static final class Function {
    private final CUfunc_st handle;

    private Function(CUfunc_st handle) {
      this.handle = handle;
    }
  }

  /// Compiled kernels that are on the device.
  static final class Module {
    private final CUmod_st handle;

    private Module(CUmod_st handle) {
      this.handle = handle;
    }
  }

  /// Loads a cubin, or PTX that ends with a zero byte.
  Module load(byte[] image) {
    try (var memory = Arena.ofConfined()) {
      var bytes = memory.allocate(image.length + 1L, 16);
      bytes.copyFrom(MemorySegment.ofArray(image));
      var module = new CUmod_st();
      check(cuModuleLoadData(module, new At(bytes.address())), "cuModuleLoadData");
      modules.add(module);
      return new Module(module);
    }
  }

  /// The kernel `name`, which may use `sharedMemory` bytes.
  Function function(Module module, String name, int sharedMemory) {
    var handle = new CUfunc_st();
    check(cuModuleGetFunction(handle, module.handle, name), "cuModuleGetFunction " + name);
    if (sharedMemory > 48 << 10) {
      check(
          cuFuncSetAttribute(handle, DYNAMIC_SHARED_MEMORY, sharedMemory),
          "cuFuncSetAttribute " + name);
    }
    return new Function(handle);
  }

  /// How the GPU's copy engine finds boxes of a tensor in device memory, as a kernel's argument:
  /// [#MAP] words. The rows of a box are 128 bytes, and lie in shared memory exchanged as the
  /// tensor cores read them; what lies beyond the tensor is zero.
  ///
  /// @param type CU_TENSOR_MAP_DATA_TYPE_...
  /// @param sizes of the axes in elements, the innermost first
  /// @param strides of the axes but the first, in bytes
  long[] tensorMap(int type, long address, long[] sizes, long[] strides, int[] box) {
    int[] every = new int[box.length];
    Arrays.fill(every, 1);
    check(
        cuTensorMapEncodeTiled(
            new CUtensorMap(new At(map.address())),
            type,
            box.length,
            new At(address),
            sizes,
            strides,
            box,
            every,
            0,
            SWIZZLE_128B,
            PROMOTE_256B,
            0),
        "cuTensorMapEncodeTiled");
    return map.toArray(ValueLayout.JAVA_LONG);
  }

  /// Starts a kernel. Arguments are 8 bytes each; the kernel reads as many of them, from the
  /// lowest, as its parameter has.
  ///
  /// @param cluster how many neighbours along x run side by side as a cluster, a divisor of `x`
  /// @param maps whether two tensor maps come first
  void launch(
      Function f,
      int x,
      int y,
      int z,
      int block,
      int sharedMemory,
      int cluster,
      boolean maps,
      long[] from,
      int at,
      int n) {
    for (int i = 0; i < n; i++) {
      values.setAtIndex(ValueLayout.JAVA_LONG, i, from[at + i]);
    }
    if (cluster > 1) {
      configure(cluster, x, y, z, block, 1, 1, sharedMemory);
      check(
          cuLaunchKernelEx(
              new CUlaunchConfig(new At(launchConfig.address())),
              f.handle,
              maps ? argumentsWithMaps : arguments,
              (PointerPointer<?>) null),
          "cuLaunchKernelEx");
      return;
    }
    check(
        cuLaunchKernel(
            f.handle,
            x,
            y,
            z,
            block,
            1,
            1,
            sharedMemory,
            stream,
            maps ? argumentsWithMaps : arguments,
            (PointerPointer<?>) null),
        "cuLaunchKernel");
  }

  /// Fills in the launch of clusters of `cluster` blocks along x.
  ///
  /// @param sizes the first fields of a CUlaunchConfig: grid, block, shared memory
  private void configure(int cluster, int... sizes) {
    MemorySegment.copy(sizes, 0, launchConfig, ValueLayout.JAVA_INT, 0, sizes.length);
    launchConfig.set(ValueLayout.JAVA_LONG, STREAM, stream == null ? 0 : stream.address());
    launchConfig.set(ValueLayout.JAVA_LONG, ATTRIBUTES, clusterAttribute.address());
    launchConfig.set(ValueLayout.JAVA_INT, ATTRIBUTE_COUNT, 1);
    clusterAttribute.set(ValueLayout.JAVA_INT, 0, CLUSTER_DIMENSION);
    int[] dimensions = {cluster, 1, 1};
    MemorySegment.copy(
        dimensions, 0, clusterAttribute, ValueLayout.JAVA_INT, ATTRIBUTE_VALUE, dimensions.length);
  }

  // ---- graphs ----

  /// A recorded sequence of launches and copies.
  static final class Graph {
    private final CUgraphExec_st handle;

    private Graph(CUgraphExec_st handle) {
      this.handle = handle;
    }
  }

  /// Records what `body` launches and copies, without doing it.
  Graph record(Runnable body) {
    check(cuStreamBeginCapture(stream, THREAD_LOCAL), "cuStreamBeginCapture");
    var graph = new CUgraph_st();
    RuntimeException failure = null;
    try {
      body.run();
    } catch (RuntimeException e) {
      failure = e;
    }
    // Must be called in any case: a stream that records does nothing else.
    int error = cuStreamEndCapture(stream, graph);
    try {
      if (failure != null) {
        throw failure;
      }
      check(error, "cuStreamEndCapture");
      var exec = new CUgraphExec_st();
      check(cuGraphInstantiate(exec, graph, 0L), "cuGraphInstantiate");
      return new Graph(exec);
    } finally {
      if (!graph.isNull()) {
        cuGraphDestroy(graph);
      }
    }
  }

  /// Starts everything that was recorded.
  void launch(Graph graph) {
    check(cuGraphLaunch(graph.handle, stream), "cuGraphLaunch");
  }

  /// Forgets a recording, once it has run.
  void forget(Graph graph) {
    cuGraphExecDestroy(graph.handle);
  }

  // ---- time ----

  /// A point in the stream.
  static final class Event {
    private final CUevent_st handle;

    private Event(CUevent_st handle) {
      this.handle = handle;
    }
  }

  /// A new point, at the place that [#mark] gives it.
  Event event() {
    var handle = new CUevent_st();
    check(cuEventCreate(handle, 0), "cuEventCreate");
    return new Event(handle);
  }

  /// Puts the event behind everything that was asked for so far.
  void mark(Event event) {
    check(cuEventRecord(event.handle, stream), "cuEventRecord");
  }

  /// Waits until everything before the event is done.
  void await(Event event) {
    check(cuEventSynchronize(event.handle), "cuEventSynchronize");
  }

  /// Milliseconds of GPU time between two events that have passed.
  float millis(Event from, Event to) {
    float[] millis = {0};
    check(cuEventElapsedTime(millis, from.handle, to.handle), "cuEventElapsedTime");
    return millis[0];
  }

  /// Forgets an event.
  void forget(Event event) {
    cuEventDestroy(event.handle);
  }

  /// Waits until everything is done. Errors of kernels come out here.
  void await() {
    check(cuStreamSynchronize(stream), "cuStreamSynchronize");
  }

  // ---- errors, and the end ----

  private static void check(int error, String call) {
    if (error != 0) {
      throw Errors.of(error, name(error), call);
    }
  }

  private static String name(int error) {
    try (var text = new PointerPointer<Pointer>(1)) {
      if (cuGetErrorName(error, text) == 0 && text.get() != null) {
        return text.getString(0);
      }
    }
    return "CUDA error " + error;
  }

  /// Gives everything back but device memory, graphs and events, whose owners do so before. Errors
  /// are passed over: a lost GPU refuses to take anything back, and the driver has it already.
  @Override
  public void close() {
    if (context == null) {
      closeArena();
      return;
    }
    cuCtxSetCurrent(context);
    var ordered = stream;
    if (ordered != null) {
      cuStreamSynchronize(ordered);
    }
    modules.forEach(module -> cuModuleUnload(module));
    modules.clear();
    pinned.forEach(memory -> cuMemFreeHost(memory));
    pinned.clear();
    if (ordered != null) {
      cuStreamDestroy(ordered);
      stream = null;
    }
    cuDevicePrimaryCtxRelease(device);
    context = null;
    closeArena();
  }

  private void closeArena() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }

  /// An address as JavaCPP wants it; owns nothing and costs nothing.
  private static final class At extends Pointer {
    At(long address) {
      super((Pointer) null);
      this.address = address;
    }
  }

  /// The same for an array of addresses. (JavaCPP takes a plain pointer in its place for the only
  /// element of one.)
  private static final class Table extends PointerPointer<Pointer> {
    Table(long address) {
      super((Pointer) null);
      this.address = address;
    }
  }
}
