// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import dev.hubble.kernels.DType;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// The kernels of one GPU by name, each brought to the GPU when it is first asked for.
final class Kernels {
  /// A kernel on the GPU.
  ///
  /// @param block how many threads a block has
  /// @param sharedMemory how much shared memory a block takes, unless a launch says otherwise
  /// @param maps whether its first two parameters are tensor maps
  record Kernel(String name, Driver.Function function, int block, int sharedMemory, boolean maps) {}

  private final Driver driver;
  private final Pack pack;
  private final String target;
  private final Map<String, Driver.Module> modules = new HashMap<>();
  private final Map<String, Kernel> kernels = new HashMap<>();

  /// The kernels for `target`, none of them loaded yet.
  Kernels(Driver driver, Pack pack, String target) {
    this.driver = driver;
    this.pack = pack;
    this.target = target;
  }

  /// For what the kernels were compiled: `sm_90a`.
  String target() {
    return target;
  }

  /// The kernel `name`.
  Kernel get(String name, int block, int sharedMemory) {
    return get(name, block, sharedMemory, false);
  }

  /// The same for one whose first two parameters are tensor maps.
  Kernel withMaps(String name, int block, int sharedMemory) {
    return get(name, block, sharedMemory, true);
  }

  // A kernel that needs more than when it was first asked for needs the driver's leave for that.
  private Kernel get(String name, int block, int sharedMemory, boolean maps) {
    var known = kernels.get(name);
    return known != null && known.sharedMemory >= sharedMemory
        ? known
        : load(name, block, sharedMemory, maps);
  }

  private Kernel load(String name, int block, int sharedMemory, boolean maps) {
    var unit = pack.unit(name);
    if (unit == null) {
      throw new IllegalStateException("there is no kernel " + name + " in Hubble's jar");
    }
    driver.enter();
    var module = modules.get(unit);
    if (module == null) {
      module = driver.load(pack.image(unit, target));
      modules.put(unit, module);
    }
    var function = driver.function(module, name, sharedMemory);
    var kernel = new Kernel(name, function, block, sharedMemory, maps);
    kernels.put(name, kernel);
    return kernel;
  }

  /// The end of a kernel's name: `f16`.
  static String suffix(DType dtype) {
    return dtype.name().toLowerCase(Locale.ROOT);
  }
}
