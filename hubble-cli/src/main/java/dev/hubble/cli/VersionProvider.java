// SPDX-License-Identifier: Apache-2.0
package dev.hubble.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/// The version that Maven wrote into `version.properties`.
final class VersionProvider implements IVersionProvider {
  static String version() {
    var properties = new Properties();
    try (var in = VersionProvider.class.getResourceAsStream("version.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return properties.getProperty("version");
  }

  @Override
  public String[] getVersion() {
    return new String[] {"hubble " + version()};
  }
}
