// SPDX-License-Identifier: Apache-2.0
/// Random numbers, drawn on the host and equal on every device: the picture of a seed does not
/// depend on what computed it.
package dev.hubble.random;
