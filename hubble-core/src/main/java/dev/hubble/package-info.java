// SPDX-License-Identifier: Apache-2.0
/// Text to image on the JVM. Start with [dev.hubble.Hubble].
package dev.hubble;
