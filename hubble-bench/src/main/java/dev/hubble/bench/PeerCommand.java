// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench;

import dev.hubble.bench.model.Cost;
import dev.hubble.bench.model.FullSize;
import dev.hubble.kernels.Backends;
import dev.hubble.kernels.Ops;
import dev.hubble.nn.Observer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// `--peer sd_torch.py [--what text,vae,unet] [--runs 5] [--warm-up 3] [--dtype f32]
/// [--channels-last] [--threads 0] [--python python3]`: Hubble and PyTorch in turns, call by call,
/// on the same machine. Prints medians and their ratio.
///
/// The file defines PyTorch's side: classes `UNet`, `Decoder` and `Text`. Both sides compute two
/// prompts, a guided step and one picture of 512x512, with weights that are random numbers.
final class PeerCommand {
  private static final int SIZE = 512;

  private final Path file;
  private final List<String> networks;
  private final int runs;
  private final int warmUp;
  private final int threads;
  private final String dtype;
  private final boolean channelsLast;
  private final String python;

  PeerCommand(Arguments args) {
    file = Path.of(args.value("--peer", ""));
    networks = List.of(args.value("--what", "text,vae,unet").split(",", -1));
    runs = args.number("--runs", 5);
    warmUp = args.number("--warm-up", 3);
    int wanted = args.number("--threads", 0);
    threads = wanted == 0 ? Runtime.getRuntime().availableProcessors() : wanted;
    dtype = args.value("--dtype", "f32");
    channelsLast = args.flag("--channels-last");
    python = args.value("--python", "python3");
    args.finish();
  }

  void run() throws IOException {
    try (var peer = Peer.start(python, file, dtype, threads, channelsLast);
        var ops = Backends.open("cpu", new Backends.Options(threads))) {
      System.out.printf(
          "%s %s, PyTorch %s %s%s with %d threads; in turns, medians of %d calls after %d.%n%n",
          Machine.measured(),
          ops.description(),
          peer.version(),
          dtype,
          channelsLast ? ", channels last" : "",
          threads,
          runs,
          warmUp);
      System.out.println("| network | PyTorch ms | Hubble ms | Hubble / PyTorch | each call |");
      System.out.println("|---|--:|--:|--:|---|");
      for (var network : networks) {
        compare(network, peer, ops);
      }
    }
  }

  private void compare(String network, Peer peer, Ops ops) throws IOException {
    peer.load(network);
    var ours = ours(network, ops);
    double[] theirTimes = new double[runs];
    double[] ourTimes = new double[runs];
    // One call after the other has the same memory, as the steps of a picture have.
    try (var _ = ops.openScope()) {
      for (int i = -warmUp; i < runs; i++) {
        double theirs = peer.milliseconds();
        double our = Stopwatch.time(ours).wall() * 1e3;
        if (i >= 0) {
          theirTimes[i] = theirs;
          ourTimes[i] = our;
        }
      }
    }
    double theirs = Stopwatch.median(theirTimes);
    double our = Stopwatch.median(ourTimes);
    System.out.printf(
        Locale.ROOT,
        "| %s | %.0f | %.0f | %.2f | %s; %s |%n",
        network,
        theirs,
        our,
        our / theirs,
        list(theirTimes),
        list(ourTimes));
  }

  private static String list(double[] times) {
    return Arrays.stream(times)
        .mapToObj(t -> String.format(Locale.ROOT, "%.0f", t))
        .collect(Collectors.joining(" "));
  }

  /// One call of a network.
  private static Runnable ours(String network, Ops ops) {
    return switch (network) {
      case "text" -> {
        var encoder = FullSize.textEncoder(ops);
        int[] ids = new int[77];
        Arrays.fill(ids, 49407);
        ids[0] = 49406;
        yield inScope(
            ops,
            () -> {
              encoder.apply(ids, Observer.NONE);
              encoder.apply(ids, Observer.NONE);
            });
      }
      case "unet" -> {
        var unet = FullSize.unet(ops);
        var constants = Cost.prepare(ops, unet, 1);
        var latents = Cost.latents(ops, SIZE, 1);
        yield inScope(ops, () -> Cost.guidedStep(unet, constants, latents));
      }
      case "vae" -> {
        var decoder = FullSize.vaeDecoder(ops);
        var latents = Cost.latents(ops, SIZE, 1);
        yield inScope(ops, () -> decoder.apply(latents, Observer.NONE));
      }
      default ->
          throw new IllegalArgumentException(
              "There is no network \"" + network + "\"; there are text, vae and unet.");
    };
  }

  private static Runnable inScope(Ops ops, Runnable body) {
    return () -> {
      try (var _ = ops.openScope()) {
        body.run();
      }
    };
  }
}
