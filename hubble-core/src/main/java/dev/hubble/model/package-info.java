// SPDX-License-Identifier: Apache-2.0
/// A published model: its folder, its configuration files, its components.
package dev.hubble.model;
