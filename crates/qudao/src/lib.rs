//! Channel sales management: Blueprint, Engine, Workspace, Session.
