// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// The script `hubble`, in a checkout and a system made up for it: JDKs that print how they were
/// called, and a Maven that counts its builds.
@EnabledOnOs({OS.LINUX, OS.MAC})
class LauncherTest {
  private static final List<String> TOOLS =
      List.of(
          "bash",
          "cat",
          "find",
          "grep",
          "ln",
          "locale",
          "mkdir",
          "mv",
          "readlink",
          "rm",
          "rmdir",
          "sleep",
          "stty",
          "tail",
          "touch");

  private static final String BASH = which("bash").toString();

  @TempDir Path temp;
  private Path checkout;
  private Path jar;
  private Path path;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void makeACheckout() throws IOException {
    checkout = Files.createDirectories(temp.resolve("my  check'out"));
    Files.copy(launcher(), checkout.resolve("hubble"));
    executable(checkout.resolve("hubble"));
    jar = checkout.resolve("hubble-cli/target/hubble-cli.jar");
    for (String module : List.of("kernels", "weights", "core", "mini", "cli")) {
      Path folder = checkout.resolve("hubble-" + module);
      Files.createDirectories(folder.resolve("src/main"));
      Files.writeString(folder.resolve("pom.xml"), "");
    }
    Files.writeString(checkout.resolve("pom.xml"), "");
    path = Files.createDirectories(temp.resolve("path"));
    for (String tool : TOOLS) {
      Path wrapper = path.resolve(tool);
      executable(Files.writeString(wrapper, "#!/bin/sh\nexec " + which(tool) + " \"$@\"\n"));
    }
    environment.put("PATH", path.toString());
    environment.put("HUBBLE_TEST_ROOT", temp.resolve("system").toString());
    build();
  }

  @Test
  void prefersTheJdkThatItIsToldTo() throws Exception {
    environment.put("HUBBLE_JAVA_HOME", jdk("told", "25.0.1").toString());
    environment.put("JAVA_HOME", jdk("java-home", "25.0.1").toString());
    assertThat(run().out()).startsWith("told\n");
  }

  @Test
  void asksInOrder() throws Exception {
    jdk("system/usr/lib/jvm/usual", "26");
    assertThat(run().out()).startsWith("usual\n");
    Files.createSymbolicLink(path.resolve("java"), jdk("on-path", "27-ea").resolve("bin/java"));
    assertThat(run().out()).startsWith("on-path\n");
    environment.put("JAVA_HOME", jdk("java-home", "25").toString());
    assertThat(run().out()).startsWith("java-home\n");
  }

  @Test
  void passesOverWhatIsTooOldOrNoJdk() throws Exception {
    environment.put("JAVA_HOME", jdk("java-home", "17.0.15").toString());
    Files.createSymbolicLink(path.resolve("java"), jdk("on-path", "1.8.0_392").resolve("bin/java"));
    Files.delete(jdk("system/usr/lib/jvm/a-jre", "25").resolve("bin/javac"));
    Files.delete(jdk("system/usr/lib/jvm/b-broken", "25").resolve("release"));
    environment.put("HOME", temp.resolve("home").toString());
    jdk("home/.sdkman/candidates/java/mine", "25.0.3");
    assertThat(run().out()).startsWith("mine\n");
  }

  @Test
  void findsJdksOfMacsAndIdes() throws Exception {
    environment.put("HOME", temp.resolve("home").toString());
    jdk("home/.jdks/temurin-25", "25");
    assertThat(run().out()).startsWith("temurin-25\n");
    jdk("system/Library/Java/JavaVirtualMachines/mac/Contents/Home", "25");
    assertThat(run().out()).startsWith("Home\n");
  }

  @Test
  void saysWhatToInstallWhenThereIsNone() throws Exception {
    environment.put("JAVA_HOME", jdk("old", "24.0.2").toString());
    Result result = run();
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("Hubble needs a JDK 25 or later, and none was found.")
        .contains("apt install temurin-25-jdk", "brew install", "sdk install");
    assertThat(result.out()).isEmpty();
  }

  @Test
  void refusesATooOldJdkThatItIsToldToUse() throws Exception {
    environment.put("HUBBLE_JAVA_HOME", jdk("old", "21.0.2").toString());
    environment.put("JAVA_HOME", jdk("new", "25").toString());
    Result result = run();
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("no JDK 25 or later but a JDK 21.");
  }

  @Test
  void passesArgumentsFlagsAndExitCodeOn() throws Exception {
    useJdk();
    environment.put("HUBBLE_JAVA_OPTS", "-Xmx1g  -Dx=*");
    Result result = run("a  blue \"galaxy\"", "*", "", "exit-7");
    assertThat(result.exitCode()).isEqualTo(7);
    assertThat(result.out().lines())
        .containsSequence("dev.hubble.cli.Main", "a  blue \"galaxy\"", "*", "", "exit-7")
        .containsSequence("--add-modules", "jdk.incubator.vector")
        .contains("--enable-native-access=ALL-UNNAMED", "-Xmx1g", "-Dx=*", "-Dhubble.columns=0")
        .contains(jar + ":" + checkout + "/hubble-cli/target/lib/*");
  }

  @Test
  void runsThroughLinksFromAnywhereWithoutAHome() throws Exception {
    useJdk();
    Path bin = Files.createDirectories(temp.resolve("bin"));
    Files.createSymbolicLink(bin.resolve("first"), Path.of("../my  check'out/hubble"));
    Files.createSymbolicLink(bin.resolve("second"), bin.resolve("first"));
    Result result = runScript(bin, Path.of("./second"), "a");
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains(jar.toRealPath().toString());
  }

  @Test
  void holdsBackTheJvmsGreetingAlone() throws Exception {
    useJdk();
    assertThat(run("warn").err()).isEqualTo("a real error\nlast words");
  }

  @Test
  void keepsAnArchiveOfClassesUntilTheNextBuild() throws Exception {
    useJdk();
    Path archive = checkout.resolve("target/launcher-classes.jsa");
    assertThat(run("a").out()).contains("-XX:SharedArchiveFile=" + archive + "\n");
    Files.writeString(archive, "kept");
    Files.setLastModifiedTime(archive, FileTime.from(Instant.now().plusSeconds(10)));
    assertThat(run("a").err()).isEmpty();
    assertThat(archive).hasContent("kept");
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(20)));
    assertThat(run("a").err()).isEmpty();
    assertThat(archive).hasContent("classes");
    try (var left = Files.list(archive.getParent())) {
      assertThat(left).containsExactly(archive);
    }
  }

  @Test
  void doesWithoutAnArchiveThatCannotBeMade() throws Exception {
    useJdk();
    Path java = temp.resolve("chosen/bin/java");
    Files.writeString(java, Files.readString(java).replace("echo classes", "false"));
    assertThat(run("a").out()).doesNotContain("SharedArchiveFile");
  }

  @Test
  void buildsOnFirstUseOnly() throws Exception {
    useJdk();
    useMaven("");
    Files.delete(jar);
    Result first = run("a");
    assertThat(first.err()).isEqualTo("Building Hubble (first use, about a minute) ...\n");
    assertThat(first.exitCode()).isZero();
    assertThat(run("a").err()).isEmpty();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    useJdk();
    useMaven("");
    Path source = checkout.resolve("hubble-core/src/main/New.java");
    Files.writeString(source, "");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
    assertThat(run("a").err()).contains("the sources are newer");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().minusSeconds(60)));
    Files.setLastModifiedTime(source.getParent(), FileTime.from(Instant.now().minusSeconds(60)));
    assertThat(run("a").err()).isEmpty();
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void showsWhyABuildFailed() throws Exception {
    useJdk();
    useMaven("echo '[ERROR] a semicolon is missing'; exit 1");
    Files.delete(jar);
    Result result = run("a");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).contains("Building Hubble failed:\n[ERROR] a semicolon is missing\n");
    assertThat(result.out()).isEmpty();
    assertThat(checkout.resolve("target/launcher.lock")).doesNotExist();
  }

  @Test
  void saysWhenMavenIsMissing() throws Exception {
    useJdk();
    Files.delete(jar);
    Result result = run("a");
    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err()).startsWith("Building Hubble needs Maven");
  }

  @Test
  void buildsOnceForManyAtATime() throws Exception {
    useJdk();
    useMaven("sleep 1");
    Files.delete(jar);
    List<Process> processes = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      processes.add(start(temp, checkout.resolve("hubble"), temp.resolve("err" + i), "a"));
    }
    for (Process process : processes) {
      assertThat(process.inputReader().readLine()).isEqualTo("chosen");
      assertThat(process.waitFor()).isZero();
    }
    assertThat(builds()).isEqualTo(1);
  }

  @Test
  void clearsUpAfterABuildThatWasKilled() throws Exception {
    useJdk();
    useMaven("");
    Files.delete(jar);
    Process dead = new ProcessBuilder(BASH, "-c", "exit").start();
    dead.waitFor();
    Files.createDirectories(checkout.resolve("target"));
    Files.createSymbolicLink(
        checkout.resolve("target/launcher.lock"), Path.of(String.valueOf(dead.pid())));
    assertThat(run("a").exitCode()).isZero();
    assertThat(builds()).isEqualTo(1);
    assertThat(Files.isSymbolicLink(checkout.resolve("target/launcher.lock"))).isFalse();
  }

  private record Result(int exitCode, String out, String err) {}

  private Result run(String... args) throws Exception {
    return runScript(temp, checkout.resolve("hubble"), args);
  }

  private Result runScript(Path folder, Path script, String... args) throws Exception {
    Path err = temp.resolve("err");
    Process process = start(folder, script, err, args);
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), out, settled(err));
  }

  private Process start(Path folder, Path script, Path err, String... args) throws IOException {
    List<String> command = new ArrayList<>(List.of(BASH, "" + script));
    command.addAll(Arrays.asList(args));
    var builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().clear();
    builder.environment().putAll(environment);
    return builder.redirectError(err.toFile()).start();
  }

  /// What the filter passes on may arrive a moment after the process ended.
  private static String settled(Path file) throws Exception {
    String before;
    String now = Files.readString(file);
    do {
      before = now;
      Thread.sleep(50);
      now = Files.readString(file);
    } while (!now.equals(before));
    return now;
  }

  private void useJdk() throws IOException {
    environment.put("HUBBLE_JAVA_HOME", jdk("chosen", "25").toString());
  }

  /// A JDK whose java prints its folder's name and its arguments.
  private Path jdk(String name, String version) throws IOException {
    Path home = temp.resolve(name);
    Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "A=\"b\"\nJAVA_VERSION=\"" + version + "\"\n");
    Path java = home.resolve("bin/java");
    Files.writeString(
        java,
        """
        #!%s
        echo '%s'
        printf '%%s\\n' "$@"
        for each; do
          case $each in -XX:SharedArchiveFile=*.made) echo classes >"${each#*=}" ;; esac
        done
        case ${@: -1} in
          exit-7) exit 7 ;;
          warn)
            echo 'WARNING: Using incubator modules: jdk.incubator.vector' >&2
            echo 'a real error' >&2
            printf 'last words' >&2
            ;;
        esac
        """
            .formatted(BASH, home.getFileName()));
    executable(java);
    executable(Files.writeString(home.resolve("bin/javac"), ""));
    return home;
  }

  /// A Maven that runs `script`, then makes the jar.
  private void useMaven(String script) throws IOException {
    Path maven = path.resolve("mvn");
    Files.writeString(
        maven,
        """
        #!%s
        echo build >>'%s/builds'
        %s
        mkdir -p hubble-cli/target && touch hubble-cli/target/hubble-cli.jar
        """
            .formatted(BASH, temp, script));
    executable(maven);
  }

  private long builds() throws IOException {
    try (var lines = Files.lines(temp.resolve("builds"))) {
      return lines.count();
    }
  }

  private void build() throws IOException {
    Files.createDirectories(jar.getParent());
    Files.writeString(jar, "");
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(1)));
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /// Maven runs tests in the module's folder, some IDEs in the project's.
  private static Path launcher() {
    Path fromModule = Path.of("..", "hubble");
    return Files.exists(fromModule) ? fromModule : Path.of("hubble");
  }

  private static Path which(String tool) {
    return Arrays.stream(System.getenv("PATH").split(":", -1))
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(() -> new AssertionError("the launcher needs " + tool));
  }
}
