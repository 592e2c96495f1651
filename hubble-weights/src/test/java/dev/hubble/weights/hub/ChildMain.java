// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights.hub;

import java.io.IOException;
import java.nio.file.Path;

/// Downloads the fake hub's model in a process of its own, with what the environment says, and
/// prints the folder.
final class ChildMain {
  private ChildMain() {}

  public static void main(String[] args) {
    Path folder =
        new Hub(HubConfig.ofEnvironment())
            .model(Hub.Wanted.of(FakeHub.REPO), _ -> {}, DownloadListener.NONE);
    System.out.println(folder);
  }

  static Process start(FakeHub hub, Path home) throws IOException {
    var builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            ChildMain.class.getName());
    builder.environment().keySet().removeIf(name -> name.startsWith("HF_"));
    builder.environment().put("HF_HOME", home.toString());
    builder.environment().put("HF_ENDPOINT", hub.url());
    builder.environment().put("NO_PROXY", "*");
    builder.environment().put("no_proxy", "*");
    return builder.redirectErrorStream(true).start();
  }
}
