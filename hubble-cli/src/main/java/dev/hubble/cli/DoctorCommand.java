// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.util.stream.Collectors.joining;

import dev.hubble.Generated;
import dev.hubble.LoadOptions;
import dev.hubble.Request;
import dev.hubble.RunOptions;
import dev.hubble.kernels.Backends;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// `hubble doctor`: what Hubble finds on this machine, and whether that is enough.
@Command(
    name = "hubble doctor",
    description = "Shows what Hubble finds here; exit code 0 if it can make a picture.",
    sortOptions = false,
    usageHelpAutoWidth = true,
    mixinStandardHelpOptions = true,
    versionProvider = VersionProvider.class)
final class DoctorCommand implements Callable<Integer> {
  private static final int TRIAL_STEPS = 2;

  private final Engine engine;
  private final Io io;
  private final Failure failure;

  DoctorCommand(Engine engine, Io io, Failure failure) {
    this.engine = engine;
    this.io = io;
    this.failure = failure;
  }

  @Override
  public Integer call() {
    line("hubble", VersionProvider.version());
    line("java", Runtime.version() + ", " + System.getProperty("java.vm.vendor"));
    line("runs in", System.getProperty("java.home"));
    line("flags", flags());
    line("vectors", vectors());
    line("system", system());
    line("memory", memory());
    line("models", existing(engine.cache()));
    devices();
    return trial();
  }

  private void devices() {
    List<Backends.Report> devices = engine.devices();
    for (Backends.Report device : devices) {
      String state = device.available() ? "" : "not available: ";
      // Some details begin with the device's name themselves.
      String detail = device.detail();
      String name = detail.startsWith(device.device() + ":") ? "" : device.device() + ": ";
      line("device", name + state + detail);
    }
  }

  /// The one honest answer to "can it make a picture?" is a picture.
  private int trial() {
    try (var session = engine.open("mini", LoadOptions.DEFAULT)) {
      Request request = Request.of("a galaxy").steps(TRIAL_STEPS).seed(0);
      Generated drawn = session.generate(request, RunOptions.DEFAULT, null);
      line(
          "trial",
          "drew %dx%d in %d steps and %.0f ms on %s"
              .formatted(
                  drawn.width(),
                  drawn.height(),
                  drawn.steps(),
                  drawn.timings().total(),
                  drawn.device()));
      // After the trial, in which the kernels were compiled.
      line("speed", engine.speed());
      return ExitCode.DONE;
    } catch (RuntimeException | Error e) {
      line("trial", "failed");
      failure.report(e);
      return ExitCode.FAILED;
    }
  }

  private void line(String name, String value) {
    io.out().printf("%-8s %s%n", name, value);
  }

  /// The JVM's flags, without the notes that the launcher leaves for us.
  private static String flags() {
    return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-Dhubble."))
        .collect(joining(" "));
  }

  private static String vectors() {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
        ? "jdk.incubator.vector is there"
        : "jdk.incubator.vector is missing, so the CPU is slow: add --add-modules jdk.incubator.vector";
  }

  private static String system() {
    return "%s %s, %d cores"
        .formatted(
            System.getProperty("os.name"),
            System.getProperty("os.arch"),
            Runtime.getRuntime().availableProcessors());
  }

  private static String memory() {
    String heap = "Java may use " + Bytes.format(Runtime.getRuntime().maxMemory());
    var free = Memory.availableBytes();
    return free.isPresent() ? Bytes.format(free.getAsLong()) + " free, " + heap : heap;
  }

  private static String existing(Path folder) {
    return folder + (Files.isDirectory(folder) ? "" : " (not there yet)");
  }
}
