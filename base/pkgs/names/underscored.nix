# Attributes of nixpkgs whose Debian name is theirs in lower case, with `-` for `_`.
[
  "AMB-plugins" "FIL-plugins" "Fabric" "MMA" "QmidiNet" "SPAdes" "bash_unit" "crack_attack" "cups_filters"
  "cvs_fast_export" "das_watchdog" "docbook_xsl" "docbook_xsl_ns" "doxygen_gui" "drm_info" "dvb_apps"
  "erlang_odbc" "evolution_data_server" "foomatic_filters" "gImageReader" "gnome_user_docs" "gnuplot_qt"
  "hol_light" "lightdm_gtk_greeter" "lincity_ng" "lp_solve" "m17n_db" "mda_lv2" "minc_tools"
  "mobile_broadband_provider_info" "pcmciaUtils" "pinentry_gtk2" "poppler_data" "riemann_c_client" "rtl_433"
  "spaceFM" "speech_tools" "springLobby" "storeBackup" "superTux" "superTuxKart" "swh_lv2" "system_config_printer"
  "telepathy_idle" "telepathy_logger" "transmission_gtk" "transmission_remote_gtk" "volume_key" "w_scan"
  "xinput_calibrator" "xsynth_dssi"
]
